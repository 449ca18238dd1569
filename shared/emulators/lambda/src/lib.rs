//! A small Lambda host for one machine: it runs the deployed functions the way Lambda runs them.
//!
//! ```text
//! HTTP ──► front ─────────┐
//! SQS  ──► event_source ──┼──► Invoke ──► Function ──► child processes, each behind its Runtime API
//! time ──► schedule ──────┘          └──► InProcess (a closure, for tests without processes)
//! ```
//!
//! Called by the local command and by the end-to-end tests. It knows Lambda, API Gateway, SQS and
//! EventBridge, and nothing of this product; it never runs in production and isolates nothing:
//! the children are ordinary processes of the same user.

pub mod event_source;
pub mod front;
pub mod function;
pub mod runtime_api;
pub mod schedule;

mod body;
mod child;
mod instance;
mod invoke;
mod limits;
mod lock;
mod output;
mod parent;

pub use function::{Function, InstanceKill};
pub use instance::FunctionConfig;
pub use invoke::{InProcess, Invoke, InvokeError};
pub use limits::{LOCAL_ACCOUNT, PAYLOAD_BYTES_MAX};
pub use output::Output;
pub use parent::exit_when_parent_dies;
