//! Decides which caller may make which call.

use serde_json::Value;

use super::call::Service;

/// Decides whether a guarded proxy lets a call through.
pub trait Guard: Send + Sync {
    /// The error code with which a caller's call is refused, given its body; `None` if it is allowed.
    fn refusal(&self, caller: &str, service: Service, operation: &str, body: &Value) -> Option<&'static str>;
}
