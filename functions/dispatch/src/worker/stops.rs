//! An operator's stop of dispatching. It is looked at when a batch is taken up, before each group is intended, and once
//! more when the provider is to be called, since a worker may have waited or been frozen in between.

use domain::{
    api_key::KeyMode,
    dispatch::{FollowUp, Stop},
    journal::SlotOutcome,
    stop::Activity,
};
use providers::Submission;
use stores::{StoreError, campaigns::CampaignHeader};

use super::Worker;
use crate::dispatcher::Dispatcher;

impl Dispatcher {
    /// Whether a campaign's batches are left alone now.
    pub(super) async fn is_stopped(&self, header: &CampaignHeader) -> Result<bool, StoreError> {
        let stops = self.stores.accounts.stops.current(&self.clock).await?;
        let now = self.clock.now();
        let is_held = header.mode == KeyMode::Live && stops.hold(self.live.account()).is_some();
        let would_be_handed_over = header.state.is_sending() && now < header.valid_until;
        let organisation = header.key.organisation;
        Ok(is_held && would_be_handed_over
            || stops.hold_back(organisation, header.state, header.valid_until, now))
    }
}

impl Worker<'_> {
    /// Whether no call may begin. If the stops cannot be read, none does.
    pub(super) async fn may_not_call(&self) -> bool {
        let Dispatcher { stores, clock, .. } = self.dispatcher;
        match stores.accounts.stops.current(clock).await {
            Ok(stops) => {
                let is_held = self.uses_account() && stops.hold(self.provider.account()).is_some();
                is_held || stops.find(self.key.campaign.organisation, Activity::Dispatching).is_some()
            }
            Err(error) => {
                tracing::warn!(%error, "the stops could not be read: nothing is handed over");
                true
            }
        }
    }
}

/// The outcomes of a submission that was not made: its recipients stay queued.
pub(super) fn not_made(submission: &Submission) -> (Vec<SlotOutcome>, FollowUp) {
    let outcomes = vec![SlotOutcome::NotTaken; submission.recipients().len()];
    (outcomes, FollowUp { stop: Some(Stop::Ends), ..FollowUp::default() })
}
