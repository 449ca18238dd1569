//! Books: list, create, show, change, delete.

use axum::{Json, extract::State, response::Response};
use domain::{ids::BookId, keys::BookKey};
use http::StatusCode;
use stores::{
    Changed, Creation, StoreError,
    accounts::idempotency::{Answer, Claim},
    books::Book,
};
use uuid::Builder;
use web::{
    ApiError, Backend, Caller, Creating, Guarded, Incoming, Input,
    cursor::ListPaging,
    envelope::Envelope,
    fields::{Fields, InvalidValue, text},
    idempotency,
    json::Json as JsonValue,
};

use crate::{
    paths::BookPath,
    refusals::no_such_book,
    texts::{MAX_DESCRIPTION, book_name, lines},
    views::BookView,
};

/// A book to create.
#[derive(Debug, PartialEq, Eq)]
pub struct NewBook {
    name: String,
    description: String,
}

/// A change of a book; `None` keeps a field.
#[derive(Debug, PartialEq, Eq)]
pub struct BookChange {
    name: Option<String>,
    description: Option<String>,
}

impl Input for NewBook {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        Self::of(request.fields()?)
    }
}

impl NewBook {
    fn of(mut fields: Fields) -> Result<Self, ApiError> {
        let name = fields.required("name", read_name);
        let description = fields.optional("description", read_description);
        fields.finish()?;
        Ok(Self { name: name.unwrap_or_default(), description: description.unwrap_or_default() })
    }
}

impl Input for BookChange {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        Self::of(request.fields()?)
    }
}

impl BookChange {
    fn of(mut fields: Fields) -> Result<Self, ApiError> {
        let name = fields.change("name", read_name);
        let description = fields.change("description", read_new_description);
        fields.finish()?;
        Ok(Self { name, description })
    }
}

/// `GET /v1/address-books/`
pub async fn list(
    State(backend): State<Backend>,
    Guarded { caller, input: paging }: Guarded<ListPaging>,
) -> Result<Json<Envelope<BookView>>, ApiError> {
    let organisation = &*caller.organisation;
    let page = paging.of(&format!("books {}", organisation.id))?;
    let books = &backend.stores.books;
    let found = books.list(organisation.id, page.request.clone(), backend.clock.now()).await?;
    Ok(Json(page.envelope(found.map(|book| BookView::of(book, organisation.offset)))))
}

/// `POST /v1/address-books/`
pub async fn create(
    State(backend): State<Backend>,
    Creating { caller, input: book, once }: Creating<NewBook>,
) -> Result<Response, ApiError> {
    once.run(async |claim| store_new_book(&backend, &caller, book, claim).await).await
}

/// Stores a book. If a book has the id already, this request wrote it: in a run that crashed with the same
/// `Idempotency-Key`, or in the first attempt of a call that the SDK repeated.
async fn store_new_book(
    backend: &Backend,
    caller: &Caller,
    NewBook { name, description }: NewBook,
    claim: Option<&Claim>,
) -> Result<Answer, ApiError> {
    let (organisation, now) = (caller.organisation.id, backend.clock.now());
    let new = Book {
        id: new_id(claim)?,
        name,
        description,
        contact_count: 0,
        no_phone_count: 0,
        created_at: now,
        updated_at: now,
    };
    let books = &backend.stores.books;
    let existing = match books.create(organisation, &new).await? {
        Creation::Created => None,
        Creation::IdTaken => books.get(BookKey { organisation, book: new.id }, now).await?,
    };
    let book = existing.unwrap_or(new);
    idempotency::answer(StatusCode::CREATED, &BookView::of(book, caller.organisation.offset))
}

fn new_id(claim: Option<&Claim>) -> Result<BookId, StoreError> {
    match claim {
        Some(claim) => Ok(BookId(claim.id("address book"))),
        None => Ok(BookId(Builder::from_random_bytes(platform::random::bytes()?).into_uuid())),
    }
}

/// `GET /v1/address-books/{id}/`
pub async fn show(
    State(backend): State<Backend>,
    BookPath(book): BookPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<BookView>, ApiError> {
    let key = BookKey { organisation: caller.organisation.id, book };
    let book = backend.stores.books.get(key, backend.clock.now()).await?;
    Ok(Json(BookView::of(book.ok_or_else(no_such_book)?, caller.organisation.offset)))
}

/// `PATCH /v1/address-books/{id}/`
pub async fn change(
    State(backend): State<Backend>,
    BookPath(book): BookPath,
    Guarded { caller, input: BookChange { name, description } }: Guarded<BookChange>,
) -> Result<Json<BookView>, ApiError> {
    let (key, now) = (BookKey { organisation: caller.organisation.id, book }, backend.clock.now());
    let books = &backend.stores.books;
    let changed = if name.is_none() && description.is_none() {
        books.get(key, now).await?
    } else {
        books.describe(key, name.as_deref(), description.as_deref(), now).await?
    };
    Ok(Json(BookView::of(changed.ok_or_else(no_such_book)?, caller.organisation.offset)))
}

/// `DELETE /v1/address-books/{id}/`: the book is deleted when this answers. The clock removes its contacts.
pub async fn remove(
    State(backend): State<Backend>,
    BookPath(book): BookPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<StatusCode, ApiError> {
    let key = BookKey { organisation: caller.organisation.id, book };
    match backend.stores.books.delete(key, backend.clock.now()).await? {
        Changed::Done => Ok(StatusCode::NO_CONTENT),
        Changed::NotFound => Err(no_such_book()),
    }
}

fn read_name(value: JsonValue) -> Result<String, InvalidValue> {
    book_name(&text(value)?).map_err(InvalidValue::from)
}

fn read_description(value: JsonValue) -> Result<String, InvalidValue> {
    lines(&text(value)?, MAX_DESCRIPTION).map_err(InvalidValue::from)
}

/// Null clears it.
fn read_new_description(value: JsonValue) -> Result<String, InvalidValue> {
    if value == JsonValue::Null { Ok(String::new()) } else { read_description(value) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_new_book_needs_a_name_and_all_bad_fields_are_reported_together() {
        let read =
            |body: &'static str| NewBook::of(Fields::parse(&Bytes::from_static(body.as_bytes())).unwrap());
        let names = |body| {
            let errors = read(body).unwrap_err().body("r")["errors"].clone();
            errors
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["field"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let vip = NewBook { name: "VIP".to_owned(), description: String::new() };
        assert_eq!(read(r#"{"name":" VIP "}"#).unwrap(), vip);
        assert_eq!(names("{}"), ["name"]);
        assert_eq!(names(r#"{"name":"","description":7,"colour":"red"}"#), ["name", "description", "colour"]);
        assert_eq!(names(r#"{"name":"a","name":"b"}"#), ["name"]);
    }

    #[test]
    fn a_change_may_clear_the_description_and_not_the_name() {
        let read =
            |body: &'static str| BookChange::of(Fields::parse(&Bytes::from_static(body.as_bytes())).unwrap());
        assert_eq!(read("{}").unwrap(), BookChange { name: None, description: None });
        let cleared = BookChange { name: None, description: Some(String::new()) };
        assert_eq!(read(r#"{"description":null}"#).unwrap(), cleared);
        let refusal = read(r#"{"name":null,"description":null}"#).unwrap_err().body("r");
        assert_eq!(refusal["detail"], "name: must be a string, not null");
    }
}
