//! Turns of the provider's account: its rate, the pauses that it asked for, and the doubt in it.

use std::time::Duration;

use domain::{
    api_key::KeyMode,
    ids::AccountName,
    lane::Lane,
    pacing::{CallNews, Doubt, Turn, TurnRequest},
    timestamp::{Millis, Timestamp},
};
use platform::{random, telemetry};
use stores::{StoreError, campaigns::StoredTurns};

use super::{GROUP_TIME, Worker};

impl Worker<'_> {
    /// Whether the campaign is handed over to the provider's account: test keys are not.
    pub(super) fn uses_account(&self) -> bool {
        self.header.mode == KeyMode::Live
    }

    pub(super) async fn account_turns(&self) -> Result<StoredTurns, StoreError> {
        self.dispatcher.stores.campaigns.account_turns(self.provider.account()).await
    }

    /// Takes a turn for a group, or for the part of it that fits, and waits until it begins. A worker waits seconds at most:
    /// the batch then waits outside instead of here.
    pub(super) async fn wait_for_turn(
        &self,
        turns: StoredTurns,
        recipients: usize,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let request = TurnRequest {
            pace: self.dispatcher.pace,
            campaign: self.key.campaign,
            small: self.header.lane() == Lane::Small,
            open_batches: u32::try_from(self.header.open_batches).unwrap_or_default(),
            queued: self.batch.progress.queued_slots().count(),
            recipients,
            segments: self.text.message.segments().get(),
            longest_wait: Millis(self.time_left().0 - GROUP_TIME.0),
            jitter: random::jitter(),
            now,
        };
        let campaigns = &self.dispatcher.stores.campaigns;
        let turn = campaigns.take_turn(self.provider.account(), turns, &request).await?;
        if let Turn::Go { wait, .. } = turn
            && wait > Millis(0)
        {
            tokio::time::sleep(Duration::from_millis(wait.0.unsigned_abs())).await;
        }
        Ok(turn)
    }

    /// Has every worker leave the account alone for a while, and use it more slowly afterwards.
    pub(super) async fn throttle_account(&self, pause: Millis) -> Result<(), StoreError> {
        if !self.uses_account() {
            return Ok(());
        }
        let now = self.dispatcher.clock.now();
        let account = self.provider.account();
        self.dispatcher.stores.campaigns.throttle_account(account, now, now.plus(pause)).await
    }

    /// Has the account's doubt learn from this worker's call. An answered call that was no probe says nothing new.
    pub(super) async fn learn_of_call(&mut self, news: CallNews) -> Result<(), StoreError> {
        let probe = self.probe.take();
        if !self.uses_account() || (probe.is_none() && news != CallNews::NothingKnown) {
            return Ok(());
        }
        let (campaigns, now) = (&self.dispatcher.stores.campaigns, self.dispatcher.clock.now());
        let account = self.provider.account();
        let (before, after) = campaigns.learn_of_call(account, news, probe, now).await?;
        report_doubt(account, before, after, now);
        Ok(())
    }

    /// How long the account is closed from now on: the doubt in it, or a pause that its provider asked for.
    pub(super) async fn closed_for(&self) -> Result<Millis, StoreError> {
        let stored = self.account_turns().await?;
        Ok(stored.turns().closed_until().since(self.dispatcher.clock.now()).max(Millis(0)))
    }
}

/// Tells the operator of a doubt that began, deepened or ended.
fn report_doubt(account: AccountName, before: Doubt, after: Doubt, now: Timestamp) {
    if after.lasts() && after != before {
        let (calls, next_try_s) = (after.calls(), after.next_probe_at().since(now).secs_rounded_up());
        tracing::error!(%account, calls, next_try_s, "nothing is known of a call: the provider account is in doubt");
        telemetry::metrics(now.millis(), crate::FUNCTION, &[(telemetry::ACCOUNT_IN_DOUBT, 1)]);
    } else if let (Some(since), None) = (before.since(), after.since()) {
        let lasted_s = now.since(since).secs_rounded_up();
        tracing::warn!(%account, lasted_s, "the provider answers again: the account is no longer in doubt");
    }
}
