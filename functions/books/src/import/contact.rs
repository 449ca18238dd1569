//! One contact of a request or a file, before it is parsed.

use std::borrow::Cow;

use contact_files::Field;
use domain::phone::Phone;
use numbering::{HomeCountry, NumberError, NumberReader};
use stores::books::ContactDraft;

use crate::texts::{
    MAX_EMAIL, MAX_NOTES, MAX_PERSON_NAME, cut, has_all_characters, line, one_line, other_name, split_name,
};

/// A contact's fields as they are written. `None` keeps a field; an empty text clears it.
#[derive(Default)]
pub struct WrittenContact<'a> {
    /// The numbers that may be the contact's, best first.
    pub phones: Vec<Cow<'a, str>>,
    /// The calling code of the country of numbers that have none themselves.
    pub country_code: Option<Cow<'a, str>>,
    pub first_name: Option<Cow<'a, str>>,
    pub last_name: Option<Cow<'a, str>>,
    pub name: Option<Cow<'a, str>>,
    pub email: Option<Cow<'a, str>>,
    pub notes: Option<Cow<'a, str>>,
}

pub struct ReadContact {
    pub draft: ContactDraft,
    /// Whether its notes were too long and are cut.
    pub has_cut_notes: bool,
}

/// Why a row is not a contact, with the number as it is written.
pub struct BadContact<'a> {
    pub phone: Option<&'a str>,
    pub reason: String,
}

impl WrittenContact<'_> {
    /// Reads the contact, or returns why the row is not one. Without a phone it must have a name or an e-mail address.
    /// Notes that are too long are cut, because a recipient must not be lost for them.
    pub fn read(&self, numbers: NumberReader<'_>) -> Result<ReadContact, BadContact<'_>> {
        let phone = self.phone(numbers)?;
        let (first_name, last_name) = self.names();
        let written = self.phones.first().map(|phone| &**phone);
        let bad = |reason| BadContact { phone: written, reason };
        let (notes, has_cut_notes) = self.notes().map_err(bad)?;
        let draft = ContactDraft {
            phone,
            first_name: short(Field::FirstName, first_name, MAX_PERSON_NAME).map_err(bad)?,
            last_name: short(Field::LastName, last_name, MAX_PERSON_NAME).map_err(bad)?,
            email: short(Field::Email, self.email.as_deref(), MAX_EMAIL).map_err(bad)?,
            notes,
        };
        let known_by = [&draft.first_name, &draft.last_name, &draft.email];
        let is_known =
            phone.is_some() || known_by.iter().any(|field| field.as_deref().is_some_and(|f| !f.is_empty()));
        if is_known {
            Ok(ReadContact { draft, has_cut_notes })
        } else {
            Err(bad("no phone number, name or email".to_owned()))
        }
    }

    /// The first number that can get a text, or else the first that can be read: a row with an office's landline before
    /// a mobile number is a contact who can be reached. If no number can get a text, a cell that cannot be read makes
    /// the row bad, because the contact's mobile number may be in it.
    fn phone(&self, numbers: NumberReader<'_>) -> Result<Option<Phone>, BadContact<'_>> {
        let (phones, unreadable) = self.all_phones(numbers);
        let reachable = phones.iter().find(|phone| phone.line.gets_texts());
        match unreadable.into_iter().next() {
            Some(bad) if reachable.is_none() => Err(bad),
            _ => Ok(reachable.or(phones.first()).copied()),
        }
    }

    /// Every number that can be read, best first, and the errors of the other cells that are not blank.
    ///
    /// A cell such as `n/a` counts as blank if the contact has an e-mail address. With only a name it makes the row
    /// bad: the organisation cannot reach that contact, and the report says so.
    pub fn all_phones(&self, numbers: NumberReader<'_>) -> (Vec<Phone>, Vec<BadContact<'_>>) {
        let country = self.country_code.as_deref().and_then(HomeCountry::of_calling_code);
        let numbers = country.map_or(numbers, |country| numbers.at_home_in(country));
        let (mut phones, mut unreadable) = (Vec::new(), Vec::new());
        for written in &self.phones {
            match numbers.read(written) {
                Ok(phone) => phones.push(phone),
                Err(NumberError::Empty) => {}
                Err(NumberError::Placeholder)
                    if self.email.is_some() || !phones.is_empty() || !unreadable.is_empty() => {}
                Err(error) => unreadable.push(BadContact { phone: Some(written), reason: error.to_string() }),
            }
        }
        (phones, unreadable)
    }

    /// First and last name, each from `name` if it has no field of its own.
    fn names(&self) -> (Option<&str>, Option<&str>) {
        let parts = (self.first_name.as_deref(), self.last_name.as_deref());
        let Some(name) = self.name.as_deref() else { return parts };
        match parts {
            (None, None) => {
                let (first, last) = split_name(name);
                (Some(first), last)
            }
            (Some(first), None) => (Some(first), other_name(name, first)),
            (None, Some(last)) => (other_name(name, last), Some(last)),
            (Some(_), Some(_)) => parts,
        }
    }

    /// The notes, and whether they are cut. A JSON text may have lost characters; a file with such a text is refused.
    fn notes(&self) -> Result<(Option<String>, bool), String> {
        let Some(notes) = self.notes.as_deref() else { return Ok((None, false)) };
        let (notes, is_cut) = cut(notes, MAX_NOTES);
        has_all_characters(&notes).map_err(|wrong| format!("{} {wrong}", Field::Notes.name()))?;
        Ok((Some(notes), is_cut))
    }
}

/// A field of one line, whose line breaks become spaces.
fn short(field: Field, text: Option<&str>, most: usize) -> Result<Option<String>, String> {
    text.map(|text| line(&one_line(text), most).map_err(|wrong| format!("{} {wrong}", field.name())))
        .transpose()
}
