//! One contact as it is written.

use numbering::{HomeCountry, NumberError};
use stores::books::ContactDraft;

use crate::texts::{MAX_EMAIL, MAX_NOTES, MAX_PERSON_NAME, line, lines, split_name};

/// What a row can say of a contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    Phone,
    FirstName,
    LastName,
    Name,
    Email,
    Notes,
}

impl Field {
    pub const ALL: [Self; 6] =
        [Self::Phone, Self::FirstName, Self::LastName, Self::Name, Self::Email, Self::Notes];

    /// Its name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::FirstName => "first_name",
            Self::LastName => "last_name",
            Self::Name => "name",
            Self::Email => "email",
            Self::Notes => "notes",
        }
    }

    /// The field that a CSV column is named for, whatever its case, spaces, hyphens and underscores.
    pub fn of_column(header: &str) -> Option<Self> {
        let plain =
            header.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).collect::<String>().to_lowercase();
        match plain.as_str() {
            "phone" | "mobile" | "msisdn" | "number" | "phonenumber" | "mobilenumber" => Some(Self::Phone),
            "firstname" => Some(Self::FirstName),
            "lastname" => Some(Self::LastName),
            "name" => Some(Self::Name),
            "email" => Some(Self::Email),
            "notes" => Some(Self::Notes),
            _ => None,
        }
    }
}

/// A contact's fields as they are written. `None` leaves a field as it is; an empty text clears it.
#[derive(Default)]
pub struct WrittenContact {
    pub phone: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub notes: Option<String>,
}

impl WrittenContact {
    pub fn set(&mut self, field: Field, text: String) {
        let place = match field {
            Field::Phone => &mut self.phone,
            Field::FirstName => &mut self.first_name,
            Field::LastName => &mut self.last_name,
            Field::Name => &mut self.name,
            Field::Email => &mut self.email,
            Field::Notes => &mut self.notes,
        };
        *place = Some(text);
    }

    /// Reads the contact, or returns why the row is not one. Without a phone it must have a name or an e-mail
    /// address.
    pub fn read(&self, home: HomeCountry) -> Result<ContactDraft, String> {
        let phone = match numbering::parse(self.phone.as_deref().unwrap_or_default(), home) {
            Ok(phone) => Some(phone),
            Err(NumberError::Empty) => None,
            Err(error) => return Err(error.to_string()),
        };
        let (first_name, last_name) = self.names();
        let draft = ContactDraft {
            phone,
            first_name: checked(Field::FirstName, first_name, |text| line(text, MAX_PERSON_NAME))?,
            last_name: checked(Field::LastName, last_name, |text| line(text, MAX_PERSON_NAME))?,
            email: checked(Field::Email, self.email.as_deref(), |text| line(text, MAX_EMAIL))?,
            notes: checked(Field::Notes, self.notes.as_deref(), |text| lines(text, MAX_NOTES))?,
        };
        let known_by = [&draft.first_name, &draft.last_name, &draft.email];
        let is_known =
            phone.is_some() || known_by.iter().any(|field| field.as_deref().is_some_and(|f| !f.is_empty()));
        if is_known { Ok(draft) } else { Err("no phone number, name or email".to_owned()) }
    }

    /// First and last name; those of `name` where neither is written by itself.
    fn names(&self) -> (Option<&str>, Option<&str>) {
        let parts = (self.first_name.as_deref(), self.last_name.as_deref());
        match (parts, self.name.as_deref().map(split_name)) {
            ((None, None), Some((first, last))) => (Some(first), last),
            _ => parts,
        }
    }
}

fn checked(
    field: Field,
    text: Option<&str>,
    check: impl Fn(&str) -> Result<String, String>,
) -> Result<Option<String>, String> {
    text.map(|text| check(text).map_err(|wrong| format!("{} {wrong}", field.name()))).transpose()
}
