//! A small Lambda host for one machine: it runs the deployed functions the way Lambda runs them.
//!
//! ```text
//! HTTP ──► front ─────────┐
//! SQS  ──► event_source ──┼──► Invoke ──► Function ──► child processes, each behind its Runtime API
//! time ──► schedule ──────┘          └──► InProcess (a closure, for tests without processes)
//! ```
//!
//! Called by the local command and by the end-to-end tests. It knows Lambda, API Gateway, SQS and
//! EventBridge, and nothing of this product; it never runs in production and offers no isolation:
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
mod output;
mod parent;

pub use function::{Function, FunctionConfig, InstanceKill};
pub use invoke::{InProcess, Invoke, InvokeError};
pub use output::Output;
pub use parent::exit_when_parent_dies;

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::net::TcpStream;

/// The account number in every ARN of the host, which no real account has.
pub const LOCAL_ACCOUNT: &str = "000000000000";

/// The most bytes that a synchronous invocation may carry, in either direction: 6 MB
/// (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html).
pub const PAYLOAD_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Locks without a panic: every critical section of the host leaves its value whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends what is written without waiting for more: a small answer would otherwise wait up to 40 ms
/// for the acknowledgement of the one before it.
fn send_at_once(stream: &mut TcpStream) {
    // Only speed depends on it.
    let _ = stream.set_nodelay(true);
}
