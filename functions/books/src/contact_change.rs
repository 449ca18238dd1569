//! `PATCH /v1/address-books/{id}/contacts/{contact_id}/`

use axum::{Json, extract::State};
use domain::{keys::BookKey, phone::Phone};
use numbering::NumberReader;
use stores::books::{ContactChange, ContactChanged};
use web::{
    ApiError, Backend, FieldError, Guarded, Incoming, Input,
    fields::{Fields, InvalidValue, text},
    json::Json as JsonValue,
};

use crate::{
    paths::ContactPath,
    phones,
    refusals::{contact_exists, edit_refused, no_such_contact},
    texts::{MAX_EMAIL, MAX_NOTES, MAX_PERSON_NAME, line, lines},
    views::ContactView,
};

/// The fields that a request changes.
pub struct Change(ContactChange);

impl Input for Change {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let numbers = phones::reader(&request.caller.organisation)?;
        of_fields(request.fields()?, numbers).map(Self)
    }
}

fn of_fields(mut fields: Fields, numbers: NumberReader<'_>) -> Result<ContactChange, ApiError> {
    let name = |value| cleared_or(value, |text| line(text, MAX_PERSON_NAME));
    let change = ContactChange {
        phone: fields.change("phone", |value| phone(value, numbers)),
        first_name: fields.change("first_name", name),
        last_name: fields.change("last_name", name),
        email: fields.change("email", |value| cleared_or(value, |text| line(text, MAX_EMAIL))),
        notes: fields.change("notes", |value| cleared_or(value, |text| lines(text, MAX_NOTES))),
    };
    fields.finish()?;
    Ok(change)
}

/// Null and an empty text remove the number, as they clear any other field.
fn phone(value: JsonValue, numbers: NumberReader<'_>) -> Result<Option<Phone>, InvalidValue> {
    match value {
        JsonValue::Null => Ok(None),
        JsonValue::Text(text) if text.trim().is_empty() => Ok(None),
        value => phones::read(&value, numbers).map(Some),
    }
}

/// Null clears a text.
fn cleared_or(
    value: JsonValue,
    check: impl Fn(&str) -> Result<String, String>,
) -> Result<String, InvalidValue> {
    if value == JsonValue::Null {
        Ok(String::new())
    } else {
        check(&text(value)?).map_err(InvalidValue::from)
    }
}

/// Changes the fields that the body names. A contact that gets another number also gets another id.
pub async fn change(
    State(backend): State<Backend>,
    ContactPath(book, contact): ContactPath,
    Guarded { caller, input: Change(change) }: Guarded<Change>,
) -> Result<Json<ContactView>, ApiError> {
    let (key, now) = (BookKey { organisation: caller.organisation.id, book }, backend.clock.now());
    let changed = backend.stores.books.change_contact(key, contact, &change, now).await;
    match changed.map_err(edit_refused)? {
        ContactChanged::Done(contact) => Ok(Json(ContactView::of(contact, caller.organisation.offset))),
        ContactChanged::NotFound => Err(no_such_contact()),
        ContactChanged::Taken(other) => Err(contact_exists(other)),
        ContactChanged::KnownByNothing => {
            let message = "can only be cleared if the contact has a name or an email address";
            Err(ApiError::invalid(vec![FieldError::new("phone", message)]))
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use domain::msisdn::Msisdn;

    use super::*;

    fn read(body: &'static str) -> Result<ContactChange, ApiError> {
        let fields = Fields::parse(&Bytes::from_static(body.as_bytes())).unwrap();
        of_fields(fields, phones::kenyan_reader())
    }

    #[test]
    fn named_fields_change_null_clears_and_all_bad_fields_are_reported_together() {
        assert_eq!(read("{}").unwrap(), ContactChange::default());
        let phone = Msisdn::from_digits(254_712_345_678).ok().map(Phone::mobile);
        let set =
            ContactChange { phone: Some(phone), notes: Some(String::new()), ..ContactChange::default() };
        assert_eq!(read(r#"{"phone":"0712 345 678","notes":null}"#).unwrap(), set);
        for cleared in [r#"{"phone":null}"#, r#"{"phone":" "}"#] {
            assert_eq!(read(cleared).unwrap().phone, Some(None));
        }
        let error = read(r#"{"phone":"0712ABC","first_name":7,"email":"a\nb","id":"x"}"#).unwrap_err();
        let body = error.body("r");
        let fields = body["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap());
        assert_eq!(fields.collect::<Vec<_>>(), ["phone", "first_name", "email", "id"]);
    }
}
