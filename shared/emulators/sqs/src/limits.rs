//! The numbers of the service, each with its source.
//!
//! "API" is the Amazon SQS API Reference (2012-11-05) as published in the SDK's model; "Guide" is
//! the Amazon SQS Developer Guide, chapter "Quotas".

use std::ops::RangeInclusive;

/// Largest message, and largest total of a batch (API, SendMessageBatch).
pub(crate) const MESSAGE_BYTES: usize = 1_048_576;
/// Entries of a batch call (API, SendMessageBatch).
pub(crate) const BATCH_ENTRIES: usize = 10;
/// Letters of a batch entry's id (API, SendMessageBatchRequestEntry).
pub(crate) const BATCH_ENTRY_ID_LETTERS: usize = 80;
/// Messages of one receive (API, ReceiveMessage).
pub(crate) const RECEIVED_MESSAGES: RangeInclusive<i64> = 1..=10;
/// Seconds of a long poll (API, ReceiveMessage).
pub(crate) const WAIT_SECONDS: RangeInclusive<i64> = 0..=20;
/// Seconds of a visibility timeout: up to 12 hours (API, ChangeMessageVisibility).
pub(crate) const VISIBILITY_SECONDS: RangeInclusive<i64> = 0..=43_200;
/// Seconds of a delay: up to 15 minutes (API, SendMessage).
pub(crate) const DELAY_SECONDS: RangeInclusive<i64> = 0..=900;
/// Seconds of retention: a minute to 14 days (API, CreateQueue).
pub(crate) const RETENTION_SECONDS: RangeInclusive<i64> = 60..=1_209_600;
/// Receives before a message is dead (Guide, dead-letter queues).
pub(crate) const MAX_RECEIVE_COUNT: RangeInclusive<i64> = 1..=1_000;
/// Messages in flight in a standard queue (API, ChangeMessageVisibility).
pub(crate) const IN_FLIGHT_MESSAGES: usize = 120_000;
/// Letters of a MessageGroupId (API, SendMessage).
pub(crate) const GROUP_ID_LETTERS: usize = 128;
/// Letters of a queue's name (API, CreateQueue).
pub(crate) const QUEUE_NAME_LETTERS: usize = 80;
/// Payload that one billed request covers: "each 64 KB chunk of a payload is billed as 1 request"
/// (Amazon SQS pricing), in bytes.
pub const BILLED_CHUNK_BYTES: usize = 65_536;
/// Largest HTTP body read, in bytes: 1 MiB of text in which JSON escapes every character
/// (six bytes for one), and room for the rest of the request.
pub(crate) const REQUEST_BODY_BYTES: usize = 7 * MESSAGE_BYTES;

/// Attributes of a queue that its creator did not set (API, CreateQueue).
pub(crate) mod default {
    /// Seconds for which a received message is hidden.
    pub(crate) const VISIBILITY_SECONDS: i64 = 30;
    /// Seconds for which a message is kept: 4 days.
    pub(crate) const RETENTION_SECONDS: i64 = 345_600;
}
