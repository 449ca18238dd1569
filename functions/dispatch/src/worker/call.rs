//! A call that is ready to be made.

use std::sync::Arc;

use domain::{ids::AccountName, journal::Slots, pacing::Probe};
use providers::{Provider, Submission};

/// A call to the provider of an account.
pub(super) struct Call {
    pub(super) account: AccountName,
    pub(super) provider: Arc<dyn Provider>,
    pub(super) slots: Slots,
    pub(super) submission: Submission,
    /// The permission for a probe, if the call is one. If the call is not made, the permission runs out by itself.
    pub(super) probe: Option<Probe>,
}
