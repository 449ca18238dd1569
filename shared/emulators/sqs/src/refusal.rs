//! The service's modelled errors, for clients of the queue.
//!
//! Names, codes, statuses and wording are the service's: the error shapes of the SDK's model, and answers recorded from
//! AWS in public emulators' test suites.

use crate::limits;

/// A request that was not carried out. The text never holds a message's body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("The specified queue does not exist.")]
    QueueDoesNotExist,
    #[error("A queue already exists with the same name and other attributes.")]
    QueueNameExists,
    #[error("The address is not valid for this endpoint.")]
    InvalidAddress,
    #[error("Unknown Attribute {0}.")]
    InvalidAttributeName(String),
    #[error("Invalid value for the parameter {0}.")]
    InvalidAttributeValue(String),
    #[error("Value {value} for parameter {parameter} is invalid. Reason: {reason}")]
    InvalidParameter { parameter: &'static str, value: String, reason: String },
    #[error("One or more parameters are invalid. Reason: Message must be shorter than {max} bytes.", max = limits::MESSAGE_BYTES)]
    MessageTooLong,
    #[error("The request must contain the parameter {0}.")]
    MissingParameter(&'static str),
    #[error("The message contains characters outside the allowed set.")]
    InvalidMessageContents,
    #[error("The input receipt handle is not a valid receipt handle.")]
    ReceiptHandleIsInvalid,
    #[error("The specified message isn't in flight.")]
    MessageNotInflight,
    #[error("There should be at least one entry in the request.")]
    EmptyBatchRequest,
    #[error("Maximum number of entries per request are {max}. You have sent {0}.", max = limits::BATCH_ENTRIES)]
    TooManyEntries(usize),
    #[error("Id {0} repeated.")]
    BatchEntryIdsNotDistinct(String),
    #[error(
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
         It can be at most {max} letters long.",
        max = limits::BATCH_ENTRY_ID_LETTERS
    )]
    InvalidBatchEntryId,
    #[error("Batch requests cannot be longer than {max} bytes. You have sent {0} bytes.", max = limits::MESSAGE_BYTES)]
    BatchRequestTooLong(usize),
    #[error("Too many messages in flight for queue {0}.")]
    OverLimit(String),
    #[error("The action is not known.")]
    UnknownOperation,
    #[error("Request is missing Authentication Token")]
    MissingAuthenticationToken,
    #[error("The security token included in the request is invalid.")]
    InvalidClientTokenId,
    // The position only: serde's own message would quote the text there.
    #[error("The request body could not be read at line {}, column {}.", .0.line(), .0.column())]
    Serialization(#[source] serde_json::Error),
    #[error("An internal error was injected.")]
    Injected,
    #[error("We encountered an internal error. Please try again.")]
    Storage(#[from] rusqlite::Error),
    #[error("We encountered an internal error. Please try again.")]
    Unwritable(#[source] serde_json::Error),
}

/// The wire form of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    /// The `__type` of the JSON protocol.
    pub(crate) shape: &'static str,
    /// The older code that SDKs match on, sent in `x-amzn-query-error` and in failed batch entries.
    pub(crate) query: &'static str,
    /// The HTTP status.
    pub(crate) status: u16,
    /// Whether the client is at fault.
    pub(crate) sender_fault: bool,
}

/// An error of the client whose two codes differ by the service's old prefix only.
macro_rules! legacy {
    ($shape:literal) => {
        legacy!($shape, $shape)
    };
    ($shape:literal, $query:literal) => {
        sender($shape, concat!("AWS.SimpleQueueService.", $query), 400)
    };
}

const fn sender(shape: &'static str, query: &'static str, status: u16) -> Code {
    Code { shape, query, status, sender_fault: true }
}

const fn receiver(shape: &'static str, query: &'static str) -> Code {
    Code { shape, query, status: 500, sender_fault: false }
}

impl Refusal {
    /// The exhaustive table of codes.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::QueueDoesNotExist => legacy!("QueueDoesNotExist", "NonExistentQueue"),
            Self::QueueNameExists => sender("QueueNameExists", "QueueAlreadyExists", 400),
            Self::InvalidAddress => sender("InvalidAddress", "InvalidAddress", 400),
            Self::InvalidAttributeName(_) => sender("InvalidAttributeName", "InvalidAttributeName", 400),
            Self::InvalidAttributeValue(_) => sender("InvalidAttributeValue", "InvalidAttributeValue", 400),
            Self::InvalidParameter { .. } | Self::MessageTooLong => {
                sender("InvalidParameterValueException", "InvalidParameterValue", 400)
            }
            Self::MissingParameter(_) => sender("MissingRequiredParameterException", "MissingParameter", 400),
            Self::InvalidMessageContents => sender("InvalidMessageContents", "InvalidMessageContents", 400),
            Self::ReceiptHandleIsInvalid => sender("ReceiptHandleIsInvalid", "ReceiptHandleIsInvalid", 400),
            Self::MessageNotInflight => legacy!("MessageNotInflight"),
            Self::EmptyBatchRequest => legacy!("EmptyBatchRequest"),
            Self::TooManyEntries(_) => legacy!("TooManyEntriesInBatchRequest"),
            Self::BatchEntryIdsNotDistinct(_) => legacy!("BatchEntryIdsNotDistinct"),
            Self::InvalidBatchEntryId => legacy!("InvalidBatchEntryId"),
            Self::BatchRequestTooLong(_) => legacy!("BatchRequestTooLong"),
            Self::OverLimit(_) => sender("OverLimit", "OverLimit", 400),
            Self::UnknownOperation => sender("UnknownOperationException", "InvalidAction", 400),
            Self::MissingAuthenticationToken => {
                sender("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403)
            }
            Self::InvalidClientTokenId => sender("UnrecognizedClientException", "InvalidClientTokenId", 403),
            Self::Serialization(_) => sender("SerializationException", "MalformedInput", 400),
            Self::Injected | Self::Storage(_) | Self::Unwritable(_) => {
                receiver("InternalError", "InternalError")
            }
        }
    }
}

impl Refusal {
    /// A parameter whose value is out of range, with the value: never for a message's body.
    pub(crate) fn parameter(
        parameter: &'static str,
        value: impl ToString,
        reason: impl Into<String>,
    ) -> Self {
        Self::InvalidParameter { parameter, value: value.to_string(), reason: reason.into() }
    }

    /// A redrive policy that cannot be followed.
    pub(crate) fn redrive_policy(policy: &str, reason: &str) -> Self {
        Self::parameter("RedrivePolicy", policy, reason)
    }
}
