//! Contacts of a book: page, add or update, delete.

use axum::{Json, body::Body, extract::State, response::Response};
use domain::ids::BookId;
use http::{HeaderMap, Method, StatusCode, Uri};
use serde::Serialize;
use stores::{
    PageRequest,
    accounts::{
        api_keys::Scope,
        idempotency::{Answer, Claim},
    },
};
use web::{
    ApiError, Caller, Edge, body,
    fields::{Fields, text},
    idempotency,
    paging::{Envelope, Query},
};

use crate::{
    answers::{ContactAnswer, page_of},
    import::{self, InvalidRow, MAX_IMPORT_BYTES, Rows},
    refusals::{NamedBook, NamedContact, edit_refused, home_country, no_such_book, no_such_contact},
};

/// A page of contacts, with the book they are of.
#[derive(Serialize)]
pub struct ContactsAnswer {
    address_book: BookName,
    #[serde(flatten)]
    page: Envelope<ContactAnswer>,
}

#[derive(Serialize)]
struct BookName {
    id: BookId,
    name: String,
}

/// What an import did.
#[derive(Serialize)]
struct ImportAnswer {
    received: u64,
    added: u64,
    updated: u64,
    unchanged: u64,
    duplicates: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
    ignored_columns: Vec<String>,
}

/// `GET /v1/address-books/{id}/contacts/`
pub async fn page(
    State(edge): State<Edge>,
    caller: Caller,
    NamedBook(book): NamedBook,
    uri: Uri,
) -> Result<Json<ContactsAnswer>, ApiError> {
    caller.require(Scope::ReadBooks)?;
    let mut query = Query::of(&uri);
    let request = query.page();
    query.finish()?;
    contacts_of(&edge, &caller, book, request, &uri).await
}

/// `POST /v1/address-books/contacts/`, which names the book in its body.
pub async fn page_of_named(
    State(edge): State<Edge>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ContactsAnswer>, ApiError> {
    caller.require(Scope::ReadBooks)?;
    let body = body::read_json(&headers, body).await?;
    let mut query = Query::of(&uri);
    let request = query.page();
    let book = named_book(Fields::parse_beside(query, &body)?)?;
    contacts_of(&edge, &caller, book, request, &uri).await
}

fn named_book(mut fields: Fields) -> Result<BookId, ApiError> {
    let book = fields.required("id", |value| text(value)?.parse().map_err(|_| "must be a UUID".into()));
    fields.finish()?;
    book.ok_or_else(no_such_book)
}

async fn contacts_of(
    edge: &Edge,
    caller: &Caller,
    book: BookId,
    request: PageRequest,
    uri: &Uri,
) -> Result<Json<ContactsAnswer>, ApiError> {
    let found = edge.stores.books.contacts(caller.organisation.id, book, request, edge.clock.now()).await?;
    let (book, page) = found.ok_or_else(no_such_book)?;
    let page = page_of(page, |contact| ContactAnswer::of(contact, caller.organisation.offset));
    let address_book = BookName { id: book.id, name: book.name };
    Ok(Json(ContactsAnswer { address_book, page: Envelope::new(uri, request, page) }))
}

/// `POST /v1/address-books/{id}/contacts/`: a JSON array or a CSV file.
///
/// With an `Idempotency-Key` the answer is kept after the rows are stored, by a write of its own. Where the
/// function dies between the two, the repeated request is carried out again: nothing is there twice, and
/// its answer counts what that second run did (what the first added is `updated` and `unchanged`).
pub async fn add(
    State(edge): State<Edge>,
    caller: Caller,
    NamedBook(book): NamedBook,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let body = body::read(&headers, body, &import::MEDIA_TYPES, MAX_IMPORT_BYTES).await?;
    let home = home_country(&caller.organisation)?;
    let rows = import::read(body::media_type(&headers).as_deref(), &body, home)?;
    let store = async |_: Option<&Claim>| store_rows(&edge, &caller, book, rows).await;
    idempotency::once(&edge, &caller, &method, uri.path(), &headers, &body, store).await
}

async fn store_rows(edge: &Edge, caller: &Caller, book: BookId, rows: Rows) -> Result<Answer, ApiError> {
    let (organisation, now) = (caller.organisation.id, edge.clock.now());
    let imported =
        edge.stores.books.import(organisation, book, rows.contacts, now).await.map_err(edit_refused)?;
    let answer = ImportAnswer {
        received: rows.received,
        added: imported.added,
        updated: imported.updated,
        unchanged: imported.unchanged,
        duplicates: imported.duplicates,
        invalid_count: rows.invalid.count(),
        invalid: rows.invalid.into_named(),
        ignored_columns: rows.ignored_columns,
    };
    idempotency::answer(StatusCode::OK, &answer)
}

/// `DELETE /v1/address-books/{id}/contacts/{contact_id}/`
pub async fn remove(
    State(edge): State<Edge>,
    caller: Caller,
    NamedContact(book, contact): NamedContact,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let (organisation, now) = (caller.organisation.id, edge.clock.now());
    let removed = edge.stores.books.delete_contact(organisation, book, contact, now).await;
    if removed.map_err(edit_refused)? { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_contact()) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn a_book_is_named_by_its_id_only() {
        let read =
            |body: &'static str| named_book(Fields::parse(&Bytes::from_static(body.as_bytes())).unwrap());
        assert!(read(r#"{"id":"3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f"}"#).is_ok());
        for wrong in ["{}", r#"{"id":7}"#, r#"{"id":"3f8e2d1a-..."}"#, r#"{"id":null}"#] {
            assert_eq!(read(wrong).unwrap_err().status(), StatusCode::BAD_REQUEST, "{wrong}");
        }
    }
}
