//! Errors between the event source and its queue.

use aws_sdk_sqs::{
    error::{BuildError, SdkError},
    operation::{delete_message_batch::DeleteMessageBatchError, receive_message::ReceiveMessageError},
};

/// Why a poll failed. Its messages return after their visibility timeout.
#[derive(Debug, thiserror::Error)]
pub enum PollError {
    #[error("messages could not be received")]
    Receive(#[source] Box<SdkError<ReceiveMessageError>>),
    #[error("messages could not be deleted")]
    Delete(#[source] Box<SdkError<DeleteMessageBatchError>>),
    /// A call could not be built.
    #[error("a call to SQS could not be built")]
    Build(#[from] BuildError),
    /// A message could not be written as JSON.
    #[error("a message could not be written into an event")]
    Event(#[from] serde_json::Error),
}

/// Settings that AWS refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The batch size is not within 1..=10,000.
    #[error("the batch size must be 1 to 10000, not {0}")]
    BatchSize(usize),
    /// A batch of more than 10 needs more than one receive, and so a window.
    #[error("a batch size over 10 needs a batching window of at least 1 s")]
    WindowMissing,
    /// The batching window is over 300 s.
    #[error("the batching window must be at most 300 s")]
    WindowTooLong,
}
