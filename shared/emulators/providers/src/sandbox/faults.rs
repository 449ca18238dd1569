//! Faults of the next calls, besides those of the numbers' rules.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Longest wait that can be asked for.
const MAX_LATENCY_MS: u64 = 120_000;

/// Faults of the calls from now on. The default has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Milliseconds by which each answer is late.
    pub latency_ms: u64,
    /// How many of the next calls are answered with `fail_status`.
    pub fail_next: u32,
    /// The status of the calls that fail; 500 if it is not an error's.
    pub fail_status: u16,
    /// Whether the messages of failing calls are taken nevertheless.
    pub fail_after_taking: bool,
}

/// The faults of one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub latency: Duration,
    /// The status to fail with.
    pub before_taking: Option<u16>,
    pub after_taking: Option<u16>,
}

impl Faults {
    pub(super) fn next(&mut self) -> Fault {
        let latency = Duration::from_millis(self.latency_ms.min(MAX_LATENCY_MS));
        let failing = self.fail_next > 0;
        self.fail_next = self.fail_next.saturating_sub(1);
        let status = if (400..600).contains(&self.fail_status) { self.fail_status } else { 500 };
        Fault {
            latency,
            before_taking: (failing && !self.fail_after_taking).then_some(status),
            after_taking: (failing && self.fail_after_taking).then_some(status),
        }
    }
}
