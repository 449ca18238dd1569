//! The meanings of providers' documented codes, the same for every provider.

use domain::outcome::{AccountFault, Refusal, RefusalReason, SendOutcome};

use crate::verdict::Verdict;

/// The meaning of a documented code for one recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Taken: on its way or queued there.
    Accepted,
    /// Never taken by this account. [The reason](RefusalReason::may_go_elsewhere) says whether another one may take it.
    Refused(RefusalReason),
    /// The message was not taken, for a passing reason that is the recipient's own.
    NotNow,
    /// The message was not taken, because the account must slow down.
    Throttled,
    /// The message was not taken, for a reason that applies to every recipient.
    Fault(AccountFault),
    /// The message may have been taken.
    Unknown,
}

impl Meaning {
    /// The verdict of a recipient that was answered with this code.
    pub(crate) fn verdict(self, provider_code: &str, id: Option<String>) -> Verdict {
        let provider_code = provider_code.to_owned();
        Verdict::Outcome(match self {
            Self::Accepted => SendOutcome::Accepted { provider_message_id: id },
            Self::Refused(reason) => SendOutcome::Refused(Refusal { reason, provider_code }),
            Self::NotNow => SendOutcome::PutOff,
            Self::Throttled => return Verdict::Throttled,
            Self::Fault(fault) => return Verdict::Fault(fault),
            Self::Unknown => SendOutcome::Unknown,
        })
    }
}
