//! The bill: how many requests each action has cost. Read by cost benches, never reset.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::limits::BILLED_CHUNK_BYTES;

/// The actions of the service that this server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the service's own")]
pub enum Action {
    CreateQueue,
    GetQueueUrl,
    DeleteQueue,
    GetQueueAttributes,
    SetQueueAttributes,
    SendMessage,
    SendMessageBatch,
    ReceiveMessage,
    DeleteMessage,
    DeleteMessageBatch,
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
}

impl Action {
    /// The action of an `X-Amz-Target` such as `AmazonSQS.SendMessage`.
    pub(crate) fn of_target(target: &str) -> Option<Self> {
        Some(match target.strip_prefix("AmazonSQS.")? {
            "CreateQueue" => Self::CreateQueue,
            "GetQueueUrl" => Self::GetQueueUrl,
            "DeleteQueue" => Self::DeleteQueue,
            "GetQueueAttributes" => Self::GetQueueAttributes,
            "SetQueueAttributes" => Self::SetQueueAttributes,
            "SendMessage" => Self::SendMessage,
            "SendMessageBatch" => Self::SendMessageBatch,
            "ReceiveMessage" => Self::ReceiveMessage,
            "DeleteMessage" => Self::DeleteMessage,
            "DeleteMessageBatch" => Self::DeleteMessageBatch,
            "ChangeMessageVisibility" => Self::ChangeMessageVisibility,
            "ChangeMessageVisibilityBatch" => Self::ChangeMessageVisibilityBatch,
            _ => return None,
        })
    }
}

/// Requests as AWS bills them: every API call is one request, and so is each further 64 KB of the
/// payload (message bodies) that it carries. Refused calls count too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestCounts(BTreeMap<Action, u64>);

impl RequestCounts {
    /// Billed requests of one action.
    #[must_use]
    pub fn of(&self, action: Action) -> u64 {
        self.0.get(&action).copied().unwrap_or(0)
    }

    /// Billed requests of all actions.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// The requests that were billed after `earlier`, an older reading of the same server.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let growth = |(action, count): (&Action, &u64)| (*action, count.saturating_sub(earlier.of(*action)));
        Self(self.0.iter().map(growth).filter(|(_, count)| *count > 0).collect())
    }
}

/// Counts as requests come in.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<RequestCounts>);

impl Meter {
    pub(crate) fn bill(&self, action: Action, payload_bytes: usize) {
        let requests = payload_bytes.div_ceil(BILLED_CHUNK_BYTES).max(1) as u64;
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.0.entry(action).or_default() += requests;
    }

    /// The requests that were billed so far.
    pub(crate) fn read(&self) -> RequestCounts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_begun_64_kb_is_one_request() {
        let meter = Meter::default();
        for payload_bytes in [0, 1, 65_536] {
            meter.bill(Action::SendMessage, payload_bytes);
        }
        meter.bill(Action::SendMessageBatch, 65_537);
        meter.bill(Action::ReceiveMessage, 1_048_576);
        let counts = meter.read();
        assert_eq!(counts.of(Action::SendMessage), 3);
        assert_eq!(counts.of(Action::SendMessageBatch), 2);
        assert_eq!(counts.of(Action::ReceiveMessage), 16);
        assert_eq!(counts.total(), 21);
    }

    #[test]
    fn a_reading_can_be_taken_off_a_later_one() {
        let meter = Meter::default();
        meter.bill(Action::SendMessage, 0);
        let earlier = meter.read();
        meter.bill(Action::DeleteMessage, 0);
        let growth = meter.read().since(&earlier);
        assert_eq!((growth.of(Action::SendMessage), growth.of(Action::DeleteMessage)), (0, 1));
    }
}
