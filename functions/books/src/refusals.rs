//! What a store's refusal is to a client, and path segments that name things.

use axum::extract::{FromRequestParts, Path};
use domain::{
    ids::{BookId, ContactId},
    organisation::Organisation,
};
use http::{StatusCode, request::Parts};
use numbering::HomeCountry;
use stores::books::{EditError, LEASE, LONGEST_EDIT};
use web::ApiError;

/// When an edit that was cut short can be repeated: what is left of its lease has to run out first.
const RETRY_INTERRUPTED_SECS: u32 = LEASE.secs_rounded_up() as u32 - LONGEST_EDIT.as_secs() as u32;

/// No such book, or another organisation's, which is the same.
pub fn no_such_book() -> ApiError {
    ApiError::not_found("address_book_not_found", "There is no such address book.")
}

/// No such contact in this book.
pub fn no_such_contact() -> ApiError {
    ApiError::not_found("contact_not_found", "There is no such contact in this address book.")
}

/// What an edit's failure is answered with.
pub fn edit_refused(error: EditError) -> ApiError {
    match error {
        EditError::NotFound => no_such_book(),
        EditError::Busy { retry_after_secs } => ApiError::conflict(
            "address_book_busy",
            "Another change of this address book is under way. Nothing was changed; try again.",
        )
        .retry_after(retry_after_secs),
        EditError::Interrupted => cut_short(),
        EditError::Store(error) if error.is_about_an_item() => error.into(),
        EditError::Store(error) => {
            tracing::error!(%error, "an edit of an address book failed");
            cut_short()
        }
    }
}

fn cut_short() -> ApiError {
    let detail = "The request was cut short: a part of it may be done. Repeating it does the rest.";
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "cut_short", detail).retry_after(RETRY_INTERRUPTED_SECS)
}

/// The country whose numbers an organisation writes without a country code.
pub fn home_country(organisation: &Organisation) -> Result<HomeCountry, ApiError> {
    HomeCountry::parse(&organisation.home_country).map_err(|error| {
        tracing::error!(%error, "an organisation is set up with a home country that is none");
        ApiError::internal()
    })
}

/// The book that a path names. What is no id names nothing: 404.
pub struct NamedBook(pub BookId);

impl<S: Send + Sync> FromRequestParts<S> for NamedBook {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.ok().and_then(|Path(id)| id.parse().ok()).map(Self).ok_or_else(no_such_book)
    }
}

/// The contact that a path names, and its book.
pub struct NamedContact(pub BookId, pub ContactId);

impl<S: Send + Sync> FromRequestParts<S> for NamedContact {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((book, contact)) = path.map_err(|_| no_such_book())?;
        let book = book.parse().map_err(|_| no_such_book())?;
        contact.parse().map(|contact| Self(book, contact)).map_err(|_| no_such_contact())
    }
}
