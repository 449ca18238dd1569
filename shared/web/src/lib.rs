//! What every HTTP function does before and after its handler.
//!
//! The path of a request: [`service`](mod@service) (path, request id) → [`caller`] (key, rate window) → [`routes`]
//! (scope) → [`guarded`] (body, [`fields`], [`paging`]) → the function's handler, which [`idempotency`] runs at most
//! once (two requests are the same by [`identity`]) → [`error`] and [`service`](mod@service), which add the request id
//! and the rate headers to every answer.
//!
//! [`export`] writes lists as CSV.
//!
//! Called by `api`, `books` and `callbacks`. Knows no rule of the business.

pub mod backend;
pub mod body;
pub mod caller;
pub mod code;
mod credentials;
pub mod cursor;
pub mod deadline;
pub mod envelope;
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
