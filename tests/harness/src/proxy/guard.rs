//! Who may make which call.

use super::call::Service;

/// Judges the calls that come to a guarded proxy.
pub trait Guard: Send + Sync {
    /// Whether a caller may make a call, given its body.
    fn allows(&self, caller: &str, service: Service, operation: &str, body: &[u8]) -> bool;
}
