//! Contacts as a JSON array of objects.

use std::borrow::Cow;

use contact_files::Field;
use web::{ApiError, FieldError, FieldErrors, error::shown, fields::parse_json, json::Json};

use super::{
    contact::WrittenContact,
    options::ImportOptions,
    rows::{Place, Rows},
};
use crate::phones;

/// Reads an array. An invalid value makes its row a bad one. An unknown or a repeated field is a mistake of the
/// client's code and refuses the request.
pub fn read(body: &[u8], options: &ImportOptions<'_>) -> Result<Rows, ApiError> {
    let items = match parse_json(body)? {
        Json::List(items) => items,
        other => {
            let message = format!("must be a JSON array of contacts, not {}", other.kind());
            return Err(ApiError::invalid(vec![FieldError::new("body", message)]));
        }
    };
    let errors: FieldErrors = (0..).zip(&items).flat_map(|(place, item)| bad_fields(place, item)).collect();
    if !errors.is_empty() {
        return Err(ApiError::invalid(errors));
    }
    let mut rows = Rows::new(options);
    for (place, item) in (1..).map(Place::item).zip(&items) {
        rows.check_room()?;
        match written(item) {
            Ok(contact) => rows.take(place, &contact, options.numbers),
            Err(reason) => rows.refuse(place, None, reason),
        }
    }
    Ok(rows)
}

/// Unknown and repeated fields of one contact.
fn bad_fields(place: usize, item: &Json) -> impl Iterator<Item = FieldError> {
    let entries = if let Json::Object(entries) = item { entries.as_slice() } else { &[] };
    let mut known = Vec::with_capacity(Field::ALL.len());
    entries.iter().filter_map(move |(name, _)| {
        let wrong = match Field::named(name) {
            None => "is not a field of a contact",
            Some(field) if known.contains(&field) => "appears more than once in the contact",
            Some(field) => {
                known.push(field);
                return None;
            }
        };
        Some(FieldError::new(format!("[{place}].{}", shown(name)), wrong))
    })
}

fn written(item: &Json) -> Result<WrittenContact<'_>, String> {
    let Json::Object(entries) = item else {
        return Err(format!("must be a JSON object, not {}", item.kind()));
    };
    let mut contact = WrittenContact::default();
    for (name, value) in entries {
        let Some(field) = Field::named(name) else { continue };
        match value {
            Json::Null => {}
            Json::Text(text) => set(&mut contact, field, Cow::Borrowed(text)),
            Json::Integer(_) | Json::Float(_) if matches!(field, Field::Phone | Field::CountryCode) => {
                set(&mut contact, field, phones::written(value)?);
            }
            other => return Err(format!("{name} must be a string, not {}", other.kind())),
        }
    }
    Ok(contact)
}

fn set<'a>(contact: &mut WrittenContact<'a>, field: Field, text: Cow<'a, str>) {
    match field {
        Field::Phone => contact.phones.push(text),
        Field::CountryCode => contact.country_code = Some(text),
        Field::FirstName => contact.first_name = Some(text),
        Field::LastName => contact.last_name = Some(text),
        Field::Name => contact.name = Some(text),
        Field::Email => contact.email = Some(text),
        Field::Notes => contact.notes = Some(text),
    }
}
