//! The edge: what every HTTP function does before and after its own work.
//!
//! A request's way in: [`edge`] (path, request id) → [`caller`] (key, rate window) → the function's
//! handler, which reads its [`fields`] or [`paging`] and may guard itself with [`idempotency`] → out
//! through [`error`] and [`edge`], which put the request id and the rate headers on every answer.
//!
//! Called by `api`, `books` and `receipts`. Knows no rule of the business.

pub mod body;
pub mod caller;
pub mod edge;
pub mod error;
pub mod fields;
pub mod idempotency;
pub mod json;
pub mod paging;

pub use caller::Caller;
pub use edge::Edge;
pub use error::{ApiError, FieldError, FieldErrors};
