//! The interface of every provider, and the laws that the dispatcher relies on.

use std::{fmt, pin::Pin};

use domain::ids::AccountName;

use crate::{callback::Report, kind::Kind, submission::Submission, submitted::Submitted};

/// A future that can be sent between threads, behind a pointer, so that [`Provider`] can be a trait
/// object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A way to hand texts over.
///
/// Laws, each a contract test over every adapter (`tests/adapters/contract.rs`):
/// 1. **Complete.** There is exactly one outcome for each recipient, in the order of
///    [`Submission::recipients`], even if the answer repeats, leaves out or invents some. [`Submitted`] has no other
///    form.
/// 2. **Once.** One `submit` makes at most one request for each recipient, and no layer repeats one.
/// 3. **Honest.** `Refused`, `PutOff` and `NotTaken` are said only if the provider definitely did not take the
///    message. Everything that can be doubted is `Unknown`.
/// 4. **Unfailing.** There is no error beside the outcomes and no panic: every failure is one of them.
/// 5. **Bounded.** It ends within the configured time of a call.
/// 6. **Blameless.** What every recipient of the account would meet (a throttled call, a fault of the account, no
///    connection) is `NotTaken`, never `Refused` and never `PutOff`: no recipient fails because of it.
pub trait Provider: Send + Sync + fmt::Debug {
    /// The adapter's kind.
    fn kind(&self) -> &'static Kind;

    /// The account of the adapter; that of a deployment's parameters is named after its kind.
    fn account(&self) -> AccountName {
        self.kind().account()
    }

    /// The most recipients of one call: at least 1, at most
    /// [`MAX_RECIPIENTS_PER_CALL`](crate::MAX_RECIPIENTS_PER_CALL).
    fn max_recipients(&self) -> usize;

    /// Hands a text over.
    fn submit<'a>(&'a self, submission: &'a Submission) -> BoxFuture<'a, Submitted>;

    /// Called when an invocation has ended: drops the connections of the invocation, because the function may be frozen
    /// until the server has closed them.
    fn invocation_ended(&self) {}

    /// Delivery reports that the adapter makes itself for a call that it has just answered. A provider that calls back
    /// makes none.
    fn reports(&self, _submission: &Submission, _submitted: &Submitted) -> Vec<Report> {
        Vec::new()
    }
}
