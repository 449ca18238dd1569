//! The work of every HTTP function before and after its own.
//!
//! A request's way in: [`service`](mod@service) (path, request id) → [`caller`] (key, rate window) → [`routes`] (scope)
//! → [`guarded`] (body, [`fields`], [`paging`]) → the function's handler, which may run at most once by [`idempotency`]
//! (what makes two requests the same: [`identity`]) → out through [`error`] and [`service`](mod@service), which put the
//! request id and the rate headers on every answer.
//!
//! [`export`] is the other form of a list: CSV.
//!
//! Called by `api`, `books` and `callbacks`. Knows no rule of the business.

pub mod backend;
pub mod body;
pub mod caller;
pub mod code;
mod credentials;
pub mod cursor;
pub mod deadline;
pub mod error;
pub mod export;
pub mod fields;
pub mod guarded;
pub mod idempotency;
pub mod identity;
pub mod json;
pub mod paging;
pub mod routes;
pub mod service;

pub use backend::Backend;
pub use caller::Caller;
pub use code::ErrorCode;
pub use deadline::InvocationDeadline;
pub use error::{ApiError, FieldError, FieldErrors};
pub use guarded::{Creating, Guarded, Incoming, Input};
pub use routes::{Access, Endpoint, Route, Routes};
pub use service::service;
