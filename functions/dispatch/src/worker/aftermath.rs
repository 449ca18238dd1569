//! What a call asks for beside its outcomes: a pause of the campaign, peace for the account.

use domain::{campaign::breaks, journal::SlotOutcome, timestamp::Millis};
use stores::StoreError;

use super::{Stop, Worker};

/// What a call asks for beside its outcomes. It is seen to once those are written, since it may fail.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Aftermath {
    /// Whether, and why, the worker stops here.
    pub(super) stop: Option<Stop>,
    /// Why the campaign is to be paused.
    pub(super) pause: Option<&'static str>,
    /// The account is to be left in peace, for so long where the provider said.
    pub(super) hold: Option<Option<Millis>>,
}

impl Aftermath {
    pub(super) const fn is_due(self) -> bool {
        self.pause.is_some() || self.hold.is_some()
    }
}

impl Worker<'_> {
    /// The circuit breaker, between groups: what this worker saw counts with what closed batches say.
    pub(super) fn breaks_off(&mut self, outcomes: &[SlotOutcome]) -> bool {
        for outcome in outcomes {
            match outcome {
                SlotOutcome::Accepted(_) => self.handed_over.sent += 1,
                SlotOutcome::Refused(..) => self.handed_over.failed += 1,
                SlotOutcome::Returned | SlotOutcome::NotTaken | SlotOutcome::Unknown => {}
            }
        }
        breaks(&self.header.counts_since_resume().plus(self.handed_over))
    }

    pub(super) async fn see_to(&self, aftermath: Aftermath) -> Result<(), StoreError> {
        if let Some(reason) = aftermath.pause {
            self.pause(reason).await?;
        }
        match aftermath.hold {
            Some(retry_after) => self.hold_account(retry_after).await,
            None => Ok(()),
        }
    }

    pub(super) async fn pause(&self, reason: &str) -> Result<(), StoreError> {
        let campaign = self.key.campaign;
        tracing::error!(campaign.id = campaign.number(), reason, "a campaign is paused");
        let now = self.dispatcher.clock.now();
        self.dispatcher.stores.campaigns.pause(campaign, Some(reason), now).await.map(drop)
    }
}
