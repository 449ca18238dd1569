//! The faults of calls.

/// Every fault after which the caller lives and gets an answer.
const SURVIVABLE: [Fault; 16] = [
    Fault::Refuse("ProvisionedThroughputExceededException"),
    Fault::Refuse("ThrottlingException"),
    Fault::Refuse("InternalServerError"),
    Fault::Refuse("RequestLimitExceeded"),
    Fault::Refuse("ServiceUnavailable"),
    Fault::Refuse("TransactionInProgressException"),
    Fault::Refuse("TransactionConflictException"),
    Fault::CancelTransaction("TransactionConflict"),
    Fault::CancelTransaction("ThrottlingError"),
    Fault::CancelTransaction("ProvisionedThroughputExceeded"),
    Fault::DropAnswer,
    Fault::ApplyLate,
    Fault::Duplicate,
    Fault::Delay,
    Fault::LeaveOver,
    Fault::EmptyPage,
];

/// The fault of one call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    None,
    /// The caller crashes before the call arrives.
    CrashBefore,
    /// The call is applied; the caller crashes before it is answered.
    CrashAfter,
    /// Refused before it is applied, with an AWS error code.
    Refuse(&'static str),
    /// A transaction is cancelled for a reason other than its conditions.
    CancelTransaction(&'static str),
    /// Applied, and the connection breaks before the answer.
    DropAnswer,
    /// The connection breaks; the call is applied some calls later, after its caller gave up.
    ApplyLate,
    /// Applied twice; answered once.
    Duplicate,
    /// Applied and answered late.
    Delay,
    /// A batch call leaves its first entry unprocessed, and its answer says so.
    LeaveOver,
    /// A page without items, and with a key to continue from.
    EmptyPage,
    /// Holds the call until [`super::Proxy::release`].
    Hold,
}

impl Fault {
    /// Every fault after which the caller lives and gets an answer.
    pub fn survivable() -> impl Iterator<Item = Self> {
        SURVIVABLE.into_iter()
    }

    /// Whether the caller's answer is lost or an error, so that it may make one more attempt.
    pub fn is_felt(self) -> bool {
        self != Self::None && self != Self::Delay && self != Self::Duplicate
    }
}
