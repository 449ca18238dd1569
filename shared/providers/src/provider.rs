//! What every provider can do, and the laws that the dispatcher relies on.

use std::{fmt, pin::Pin};

use domain::outcome::{AccountFault, NotTaken, SendOutcome, SubmitResult};

use crate::{name::ProviderName, submission::Submission};

/// A future that can be sent between threads, behind a pointer, so that [`Provider`] can be a trait
/// object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to hand texts over.
///
/// Laws, each a contract test over every adapter (`tests/adapters/contract.rs`):
/// 1. **Complete.** Where the result is [`SubmitResult::Answered`] it has exactly one outcome for each
///    recipient, in the order of [`Submission::recipients`], whatever the answer said, repeated, left
///    out or invented.
/// 2. **Once.** One `submit` makes at most one request, and no layer below repeats it.
/// 3. **Honest.** `Refused`, `Throttled` and [`SubmitResult::NotTaken`] are said only where the provider
///    definitely did not take the message. Everything that can be doubted is `Unknown`.
/// 4. **Unfailing.** There is no error beside the result and no panic: every failure is one of its
///    values.
/// 5. **Bounded.** It ends within the configured time of a call.
pub trait Provider: Send + Sync + fmt::Debug {
    /// Whose adapter this is.
    fn name(&self) -> ProviderName;

    /// The most recipients of one call: at least 1, at most
    /// [`MAX_RECIPIENTS_PER_CALL`](crate::MAX_RECIPIENTS_PER_CALL).
    fn max_recipients(&self) -> usize;

    /// Hands a text over.
    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted>;
}

/// What came of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// What became of the recipients.
    pub result: SubmitResult,
    /// A fault of the account that the answer named, beside outcomes for some or all recipients.
    ///
    /// An answer may take some recipients and refuse the others because the balance ran out between
    /// them. Those others are `Throttled`: definitely not taken now, so they go back to the queue and
    /// nobody fails for want of our money; and the fault stands here, so that the campaign pauses all
    /// the same. Where every recipient was refused for such a fault the result itself is
    /// [`NotTaken::Account`], and the same fault is here too: the dispatcher need look nowhere else.
    pub fault: Option<AccountFault>,
}

impl Submitted {
    /// Outcomes, and no fault of the account.
    pub const fn answered(outcomes: Vec<SendOutcome>) -> Self {
        Self { result: SubmitResult::Answered(outcomes), fault: None }
    }

    /// Nobody of so many recipients can be known about.
    pub fn unknown(recipients: usize) -> Self {
        Self::answered(vec![SendOutcome::Unknown; recipients])
    }

    /// Nobody was taken.
    pub const fn not_taken(why: NotTaken) -> Self {
        let fault = match why {
            NotTaken::Account(fault) => Some(fault),
            NotTaken::Throttled { .. } | NotTaken::Unreachable => None,
        };
        Self { result: SubmitResult::NotTaken(why), fault }
    }
}
