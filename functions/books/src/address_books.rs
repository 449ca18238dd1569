//! Books: list, create, show, change, delete.

use axum::{Json, body::Body, extract::State, response::Response};
use bytes::Bytes;
use domain::ids::BookId;
use http::{HeaderMap, Method, StatusCode, Uri};
use stores::{
    StoreError,
    accounts::{
        api_keys::Scope,
        idempotency::{Answer, Claim},
    },
    books::Book,
};
use uuid::Builder;
use web::{
    ApiError, Caller, Edge, body,
    fields::{Fields, Wrong, text},
    idempotency,
    json::Json as JsonValue,
    paging::{Envelope, Query},
};

use crate::{
    answers::{BookAnswer, page_of},
    refusals::{NamedBook, edit_refused, no_such_book},
    texts::{MAX_DESCRIPTION, book_name, lines},
};

/// `GET /v1/address-books/`
pub async fn list(
    State(edge): State<Edge>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Envelope<BookAnswer>>, ApiError> {
    caller.require(Scope::ReadBooks)?;
    let mut query = Query::of(&uri);
    let request = query.page();
    query.finish()?;
    let page = edge.stores.books.list(caller.organisation.id, request, edge.clock.now()).await?;
    let page = page_of(page, |book| BookAnswer::of(book, caller.organisation.offset));
    Ok(Json(Envelope::new(&uri, request, page)))
}

/// `POST /v1/address-books/`
pub async fn create(
    State(edge): State<Edge>,
    caller: Caller,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let body = body::read_json(&headers, body).await?;
    let (name, description) = new_book(&body)?;
    let store = async |claim: Option<&Claim>| store_new_book(&edge, &caller, claim, name, description).await;
    idempotency::once(&edge, &caller, &method, uri.path(), &headers, &body, store).await
}

/// What stands under the id already is what this request wrote: in a run that died under the same
/// `Idempotency-Key`, or in the first try of a call that the SDK repeated.
async fn store_new_book(
    edge: &Edge,
    caller: &Caller,
    claim: Option<&Claim>,
    name: String,
    description: String,
) -> Result<Answer, ApiError> {
    let (organisation, now) = (caller.organisation.id, edge.clock.now());
    let new = Book {
        id: new_id(claim)?,
        name,
        description,
        contact_count: 0,
        no_phone_count: 0,
        created_at: now,
        updated_at: now,
    };
    let books = &edge.stores.books;
    let standing = if books.create(organisation, &new).await? {
        None
    } else {
        books.get(organisation, new.id, now).await?
    };
    let book = standing.unwrap_or(new);
    idempotency::answer(StatusCode::CREATED, &BookAnswer::of(book, caller.organisation.offset))
}

fn new_id(claim: Option<&Claim>) -> Result<BookId, StoreError> {
    match claim {
        Some(claim) => Ok(BookId(claim.id("address book"))),
        None => Ok(BookId(Builder::from_random_bytes(platform::random::bytes()?).into_uuid())),
    }
}

/// `GET /v1/address-books/{id}/`
pub async fn show(
    State(edge): State<Edge>,
    caller: Caller,
    NamedBook(book): NamedBook,
) -> Result<Json<BookAnswer>, ApiError> {
    caller.require(Scope::ReadBooks)?;
    let book = edge.stores.books.get(caller.organisation.id, book, edge.clock.now()).await?;
    Ok(Json(BookAnswer::of(book.ok_or_else(no_such_book)?, caller.organisation.offset)))
}

/// `PATCH /v1/address-books/{id}/`
pub async fn change(
    State(edge): State<Edge>,
    caller: Caller,
    NamedBook(book): NamedBook,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BookAnswer>, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let (name, description) = book_change(&body::read_json(&headers, body).await?)?;
    let (organisation, now) = (caller.organisation.id, edge.clock.now());
    let books = &edge.stores.books;
    let changed = if name.is_none() && description.is_none() {
        books.get(organisation, book, now).await?
    } else {
        books.describe(organisation, book, name.as_deref(), description.as_deref(), now).await?
    };
    Ok(Json(BookAnswer::of(changed.ok_or_else(no_such_book)?, caller.organisation.offset)))
}

/// `DELETE /v1/address-books/{id}/`
pub async fn remove(
    State(edge): State<Edge>,
    caller: Caller,
    NamedBook(book): NamedBook,
) -> Result<StatusCode, ApiError> {
    caller.require(Scope::WriteBooks)?;
    let deleted = edge.stores.books.delete(caller.organisation.id, book, edge.clock.now()).await;
    if deleted.map_err(edit_refused)? { Ok(StatusCode::NO_CONTENT) } else { Err(no_such_book()) }
}

fn new_book(body: &Bytes) -> Result<(String, String), ApiError> {
    let mut fields = Fields::parse(body)?;
    let name = fields.required("name", read_name);
    let description = fields.optional("description", read_description);
    fields.finish()?;
    Ok((name.unwrap_or_default(), description.unwrap_or_default()))
}

fn book_change(body: &Bytes) -> Result<(Option<String>, Option<String>), ApiError> {
    let mut fields = Fields::parse(body)?;
    let change = (fields.change("name", read_name), fields.change("description", read_new_description));
    fields.finish()?;
    Ok(change)
}

fn read_name(value: JsonValue) -> Result<String, Wrong> {
    book_name(&text(value)?).map_err(Wrong::from)
}

fn read_description(value: JsonValue) -> Result<String, Wrong> {
    lines(&text(value)?, MAX_DESCRIPTION).map_err(Wrong::from)
}

/// Null clears it.
fn read_new_description(value: JsonValue) -> Result<String, Wrong> {
    if value == JsonValue::Null { Ok(String::new()) } else { read_description(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_book_needs_a_name_and_every_bad_field_is_named_at_once() {
        let read = |body: &'static str| new_book(&Bytes::from_static(body.as_bytes()));
        let names = |body| {
            let errors = read(body).unwrap_err().body("r")["errors"].clone();
            errors
                .as_array()
                .unwrap()
                .iter()
                .map(|e| e["field"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(read(r#"{"name":" VIP "}"#).unwrap(), ("VIP".to_owned(), String::new()));
        assert_eq!(names("{}"), ["name"]);
        assert_eq!(names(r#"{"name":"","description":7,"colour":"red"}"#), ["name", "description", "colour"]);
        assert_eq!(names(r#"{"name":"a","name":"b"}"#), ["name"]);
    }

    #[test]
    fn a_change_may_clear_the_description_and_not_the_name() {
        let read = |body: &'static str| book_change(&Bytes::from_static(body.as_bytes()));
        assert_eq!(read("{}").unwrap(), (None, None));
        assert_eq!(read(r#"{"description":null}"#).unwrap(), (None, Some(String::new())));
        let refusal = read(r#"{"name":null,"description":null}"#).unwrap_err().body("r");
        assert_eq!(refusal["detail"], "name: must be a string, not null");
    }
}
