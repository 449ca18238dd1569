//! Contacts of a book: page, show, add or update, delete. One contact is changed in [`crate::contact_change`].

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use domain::{api_key::KeyMode, ids::BookId, keys::BookKey, msisdn::Msisdn};
use http::StatusCode;
use platform::deadline::Deadline;
use serde::Serialize;
use stores::{
    Changed, ListPage,
    accounts::idempotency::Answer,
    books::{ContactDraft, EditError, Imported, LONG_IMPORT_CONTACTS},
};
use web::{
    ApiError, Backend, Caller, Creating, Guarded, Incoming, Input, InvocationDeadline,
    cursor::ListPaging,
    envelope::Envelope,
    export::{self, ListForm},
    fields::{Fields, text},
    idempotency,
    paging::Query,
};

use crate::{
    import::{ColumnsView, InvalidRow, Rows},
    paths::{BookPath, ContactPath},
    phones,
    refusals::{edit_refused, import_busy, no_such_book, no_such_contact},
    views::{BookName, ContactView, MAX_CSV_CONTACTS},
};

/// Time that an import leaves for the answer, its idempotency record and pauses of the process.
const ANSWER_TIME: Duration = Duration::from_secs(3);

/// A page of contacts, with their book.
#[derive(Serialize)]
pub struct ContactsView {
    address_book: BookName,
    #[serde(flatten)]
    page: Envelope<ContactView>,
}

/// The result of an import.
#[derive(Serialize)]
struct ImportView {
    received: u64,
    added: u64,
    updated: u64,
    unchanged: u64,
    duplicates: u64,
    invalid_count: u64,
    invalid: Vec<InvalidRow>,
    notes_cut: u64,
    columns: Option<ColumnsView>,
    ignored_columns: Vec<String>,
    header_line: Option<u64>,
    /// Rows whose numbers cannot get texts.
    not_mobile: u64,
    /// The country of numbers without a country code.
    country: String,
    /// Whether the import was only checked, with a test key, and nothing was stored.
    test: bool,
}

/// The query of a book's contacts.
pub struct ContactsQuery {
    phone: Option<Msisdn>,
    form: ListForm,
    paging: ListPaging,
}

/// A list request whose body names the book.
pub struct ContactsOfBook(BookId, ContactsQuery);

impl ContactsQuery {
    fn of(request: &Incoming<'_>, query: &mut Query) -> Result<Self, ApiError> {
        let phone = phones::in_query(query, phones::reader(&request.caller.organisation)?);
        let (form, paging) = ListForm::of(request.headers, query, MAX_CSV_CONTACTS);
        Ok(Self { phone, form, paging })
    }
}

impl Input for ContactsQuery {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let wanted = Self::of(request, &mut query)?;
        query.finish()?;
        Ok(wanted)
    }
}

impl Input for ContactsOfBook {
    fn read(request: &Incoming<'_>) -> Result<Self, ApiError> {
        let mut query = request.query();
        let wanted = ContactsQuery::of(request, &mut query)?;
        let book = named_book(Fields::parse_beside(query, request.body)?)?;
        Ok(Self(book, wanted))
    }
}

fn named_book(mut fields: Fields) -> Result<BookId, ApiError> {
    let book = fields.required("id", |value| text(value)?.parse().map_err(|_| "must be a UUID".into()));
    fields.finish()?;
    book.ok_or_else(no_such_book)
}

/// `GET /v1/address-books/{id}/contacts/`
pub async fn page(
    State(backend): State<Backend>,
    BookPath(book): BookPath,
    Guarded { caller, input: wanted }: Guarded<ContactsQuery>,
) -> Result<Response, ApiError> {
    contacts_of(&backend, &caller, book, wanted).await
}

/// `POST /v1/address-books/contacts/`, which names the book in its body.
pub async fn page_of_named(
    State(backend): State<Backend>,
    Guarded { caller, input: ContactsOfBook(book, wanted) }: Guarded<ContactsOfBook>,
) -> Result<Response, ApiError> {
    contacts_of(&backend, &caller, book, wanted).await
}

async fn contacts_of(
    backend: &Backend,
    caller: &Caller,
    book: BookId,
    wanted: ContactsQuery,
) -> Result<Response, ApiError> {
    let (organisation, now) = (&*caller.organisation, backend.clock.now());
    let (key, books) = (BookKey { organisation: organisation.id, book }, &backend.stores.books);
    let ContactsQuery { phone, form, paging } = wanted;
    let page = paging.of(&format!("contacts {} {book} {}", organisation.id, phones::filter(phone)))?;
    let found = match phone {
        None => books.contacts(key, page.request, now).await?,
        Some(phone) => {
            let found = books.contact_with_phone(key, phone, now).await?;
            found.map(|(book, contact)| (book, ListPage::of_one(contact, &page.request)))
        }
    };
    let (book, contacts) = found.ok_or_else(no_such_book)?;
    let page = page.envelope(contacts.map(|contact| ContactView::of(contact, organisation.offset)));
    match form {
        ListForm::Csv => export::respond(page),
        ListForm::Json => Ok(Json(ContactsView { address_book: BookName::of(book), page }).into_response()),
    }
}

/// `GET /v1/address-books/{id}/contacts/{contact_id}/`
pub async fn show(
    State(backend): State<Backend>,
    ContactPath(book, contact): ContactPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<Json<ContactView>, ApiError> {
    let key = BookKey { organisation: caller.organisation.id, book };
    let found = backend.stores.books.contact(key, contact, backend.clock.now()).await?;
    let (_, contact) = found.ok_or_else(no_such_book)?;
    Ok(Json(ContactView::of(contact.ok_or_else(no_such_contact)?, caller.organisation.offset)))
}

/// `POST /v1/address-books/{id}/contacts/`: a JSON array or a file. With a test key it is checked and answered in the
/// same way and nothing is stored, so that a program can be tried before it goes live.
///
/// With an `Idempotency-Key` the answer is stored by a separate write after the rows. If the function crashes between
/// the two, the repeated request is carried out again: no contact is stored twice, and the answer has the counts of the
/// second run (contacts that the first run added are `updated` and `unchanged`).
pub async fn add(
    State(backend): State<Backend>,
    BookPath(book): BookPath,
    InvocationDeadline(deadline): InvocationDeadline,
    Creating { caller, input: rows, once }: Creating<Rows>,
) -> Result<Response, ApiError> {
    let deadline = deadline.earlier_by(ANSWER_TIME);
    once.run(async |_| import_rows(&backend, &caller, book, rows, deadline).await).await
}

async fn import_rows(
    backend: &Backend,
    caller: &Caller,
    book: BookId,
    rows: Rows,
    deadline: Deadline,
) -> Result<Answer, ApiError> {
    let key = BookKey { organisation: caller.organisation.id, book };
    let imported = match rows.contacts.len() > LONG_IMPORT_CONTACTS {
        true => import_in_a_slot(backend, caller.mode(), key, rows.contacts, deadline).await?,
        false => import(backend, caller.mode(), key, rows.contacts, deadline).await,
    };
    let imported = imported.map_err(edit_refused)?;
    let view = ImportView {
        received: rows.received,
        added: imported.added,
        updated: imported.updated,
        unchanged: imported.unchanged,
        duplicates: imported.duplicates,
        invalid_count: rows.invalid.count(),
        invalid: rows.invalid.into_named(),
        notes_cut: rows.notes_cut,
        columns: rows.columns,
        ignored_columns: rows.ignored_columns,
        header_line: rows.header_line,
        not_mobile: rows.not_mobile,
        country: rows.country,
        test: caller.mode() == KeyMode::Test,
    };
    idempotency::answer(StatusCode::OK, &view)
}

/// Imports if the organisation has a free slot for a long import.
async fn import_in_a_slot(
    backend: &Backend,
    mode: KeyMode,
    book: BookKey,
    contacts: Vec<ContactDraft>,
    deadline: Deadline,
) -> Result<Result<Imported, EditError>, ApiError> {
    let books = &backend.stores.books;
    let slot = books.take_import_slot(book.organisation, mode, backend.clock.now()).await?;
    let slot = slot.map_err(import_busy)?;
    let imported = import(backend, mode, book, contacts, deadline).await;
    if let Err(error) = books.give_back(&slot).await {
        tracing::warn!(%error, "a slot of imports is held until its lease runs out");
    }
    Ok(imported)
}

async fn import(
    backend: &Backend,
    mode: KeyMode,
    book: BookKey,
    contacts: Vec<ContactDraft>,
    deadline: Deadline,
) -> Result<Imported, EditError> {
    let (books, now) = (&backend.stores.books, backend.clock.now());
    match mode {
        KeyMode::Live => books.import_until(book, contacts, now, deadline).await,
        KeyMode::Test => books.check_import(book, contacts, now, deadline).await,
    }
}

/// `DELETE /v1/address-books/{id}/contacts/{contact_id}/`
pub async fn remove(
    State(backend): State<Backend>,
    ContactPath(book, contact): ContactPath,
    Guarded { caller, input: () }: Guarded<()>,
) -> Result<StatusCode, ApiError> {
    let (key, now) = (BookKey { organisation: caller.organisation.id, book }, backend.clock.now());
    let removed = backend.stores.books.delete_contact(key, contact, now).await;
    match removed.map_err(edit_refused)? {
        Changed::Done => Ok(StatusCode::NO_CONTENT),
        Changed::NotFound => Err(no_such_contact()),
    }
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
