//! Checks an operator's stop of dispatching: when a batch is taken up, before each intent is written, and again before
//! the call, because a worker may have waited or been frozen in between.

use std::collections::BTreeSet;

use domain::{
    api_key::KeyMode,
    dispatch::{FollowUp, Stop, Unavailable},
    ids::AccountName,
    journal::SlotOutcome,
    stop::Activity,
};
use providers::Submission;
use stores::{StoreError, campaigns::CampaignHeader};

use super::Worker;
use crate::dispatcher::Dispatcher;

impl Dispatcher {
    /// Whether a batch must not be dispatched now: dispatching is stopped, or every account of its routes is held. A
    /// batch without any account is dispatched, so that its recipients are dropped.
    pub(super) async fn is_stopped(
        &self,
        header: &CampaignHeader,
        routed: &BTreeSet<AccountName>,
    ) -> Result<bool, StoreError> {
        let stops = self.stores.accounts.stops.current(&self.clock).await?;
        let now = self.clock.now();
        let are_held = routed.iter().all(|account| stops.hold(*account).is_some());
        let is_held = header.mode == KeyMode::Live && !routed.is_empty() && are_held;
        let would_be_handed_over = header.state.is_sending() && now < header.valid_until;
        let organisation = header.key.organisation;
        Ok(is_held && would_be_handed_over
            || stops.hold_back(organisation, header.state, header.valid_until, now))
    }
}

impl Worker<'_> {
    /// Why no call to an account may begin now, as the follow-up of a call that is not made. If the stops cannot be
    /// read, no call may begin.
    pub(super) async fn may_not_call(&self, account: AccountName) -> Option<FollowUp> {
        let Dispatcher { stores, clock, .. } = self.dispatcher;
        let ends = FollowUp { stop: Some(Stop::Ends), ..FollowUp::default() };
        let stops = match stores.accounts.stops.current(clock).await {
            Ok(stops) => stops,
            Err(error) => {
                tracing::warn!(%error, "the stops could not be read: nothing is handed over");
                return Some(ends);
            }
        };
        if stops.find(self.key.campaign.organisation, Activity::Dispatching).is_some() {
            return Some(ends);
        }
        let is_held = self.uses_account() && stops.hold(account).is_some();
        let unavailable = Some(Unavailable::Closed(Stop::Held));
        is_held.then(|| FollowUp { unavailable, ..FollowUp::default() })
    }
}

/// The outcomes of a submission that was not made: its recipients stay queued.
pub(super) fn not_made(submission: &Submission) -> Vec<SlotOutcome> {
    vec![SlotOutcome::NotTaken; submission.recipients().len()]
}
