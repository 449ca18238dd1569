//! Books, contacts and opt-outs that a path names.

use axum::extract::{FromRequestParts, Path};
use domain::ids::{BookId, ContactId};
use http::request::Parts;
use web::{ApiError, FieldError};

use crate::{
    phones,
    refusals::{no_such_book, no_such_contact},
};

/// The book of a path. A segment that is not an id is answered as an unknown book.
pub struct BookPath(pub BookId);

impl<S: Send + Sync> FromRequestParts<S> for BookPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.ok().and_then(|Path(id)| id.parse().ok()).map(Self).ok_or_else(no_such_book)
    }
}

pub struct ContactPath(pub BookId, pub ContactId);

impl<S: Send + Sync> FromRequestParts<S> for ContactPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((book, contact)) = path.map_err(|_| no_such_book())?;
        let book = book.parse().map_err(|_| no_such_book())?;
        contact.parse().map(|contact| Self(book, contact)).map_err(|_| no_such_contact())
    }
}

/// The opt-out of a path, with its number as it is written.
pub struct OptOutPath(pub String);

impl<S: Send + Sync> FromRequestParts<S> for OptOutPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let not_utf8 = || FieldError::new(phones::PHONE, "must be percent-encoded UTF-8");
        path.map(|Path(phone)| Self(phone)).map_err(|_| ApiError::invalid(vec![not_utf8()]))
    }
}
