//! Turns of a provider account: its rate, the pauses that it asked for, the doubt in it, and the fault that closed it.

use std::time::Duration;

use domain::{
    api_key::KeyMode,
    dispatch::{Patience, Stop, Unavailable},
    ids::AccountName,
    lane::Lane,
    pacing::{AccountTurns, CallNews, PROBE_RECIPIENTS, Probe, Standing, Turn, TurnRequest},
    routes::Leg,
    timestamp::{Millis, Timestamp},
};
use platform::{random, telemetry};
use stores::{StoreError, campaigns::StoredTurns};

use super::{GROUP_TIME, Worker};

impl Worker<'_> {
    /// Whether the campaign uses accounts at providers: campaigns of test keys do not.
    pub(super) fn uses_account(&self) -> bool {
        self.header.mode == KeyMode::Live
    }

    pub(super) async fn account_turns(&self, account: AccountName) -> Result<StoredTurns, StoreError> {
        self.dispatcher.stores.campaigns.account_turns(account).await
    }

    /// Takes a turn of an account for a group, or for the part of the group that fits. Returns why the account cannot
    /// be used, if it cannot.
    pub(super) async fn take_turn(
        &mut self,
        leg: &Leg,
        turns: StoredTurns,
        recipients: usize,
    ) -> Result<Option<Unavailable>, StoreError> {
        let account = leg.account;
        let now = self.dispatcher.clock.now();
        if let Standing::Held(wait) = turns.turns().standing(now)
            && self.patience() == Patience::IsOver
            && self.accounts.routes.has_choice()
        {
            return Ok(Some(Unavailable::Closed(Stop::Paced(wait))));
        }
        match self.wait_for_turn(leg, turns, recipients, now).await? {
            Turn::Go { wait, recipients } => {
                self.most = recipients;
                let waited = wait > Millis(0);
                if waited { Box::pin(self.after_waiting(account, now.plus(wait))).await } else { Ok(None) }
            }
            Turn::Probe(probe) => {
                (self.most, self.probe) = (PROBE_RECIPIENTS, Some(probe));
                Ok(None)
            }
            Turn::Later(wait) => Ok(Some(Unavailable::Waits(Stop::Paced(wait)))),
            Turn::InDoubt(wait) => Ok(Some(Unavailable::Closed(Stop::InDoubt(wait)))),
            Turn::Faulty(fault) => Ok(Some(Unavailable::Faulty(fault))),
        }
    }

    /// Looks up what may have changed while the worker waited for its turn: a cancelled campaign, a recipient that
    /// opted out, or an account that closed after the turn began.
    async fn after_waiting(
        &mut self,
        account: AccountName,
        began: Timestamp,
    ) -> Result<Option<Unavailable>, StoreError> {
        let stored = self.look_up(Some(account)).await?.map(|(_, turns)| turns).unwrap_or_default();
        Ok(match stored.turns().standing(began) {
            Standing::Open => None,
            Standing::Held(wait) => Some(self.patience().throttled(Stop::Paced(wait))),
            Standing::InDoubt(wait) => Some(Unavailable::Closed(Stop::InDoubt(wait))),
            Standing::Faulty(fault) => Some(Unavailable::Faulty(fault)),
        })
    }

    pub(super) fn patience(&self) -> Patience {
        Patience::of(self.header.valid_until, self.dispatcher.clock.now())
    }

    /// Takes a turn and waits until it begins. A worker waits for seconds at most; for a longer wait it gives the batch
    /// back.
    async fn wait_for_turn(
        &self,
        leg: &Leg,
        turns: StoredTurns,
        recipients: usize,
        now: Timestamp,
    ) -> Result<Turn, StoreError> {
        let account = leg.account;
        let request = TurnRequest {
            pace: self.accounts.account(account).and_then(|account| account.pace),
            sender: self.accounts.paced_sender(leg, &self.header.sender),
            campaign: self.key.campaign,
            small: self.header.lane() == Lane::Small,
            open_batches: u32::try_from(self.header.open_batches).unwrap_or_default(),
            queued: self.batch.progress.queued_slots().count(),
            recipients,
            segments: self.text.message.segments().get(),
            last_resort: self.accounts.is_last_resort(account),
            longest_wait: Millis(self.time_left().0 - GROUP_TIME.0),
            jitter: random::jitter(),
            now,
        };
        let campaigns = &self.dispatcher.stores.campaigns;
        let turn = campaigns.take_turn(account, turns, &request).await?;
        if let Turn::Go { wait, .. } = turn
            && wait > Millis(0)
        {
            tokio::time::sleep(Duration::from_millis(wait.0.unsigned_abs())).await;
        }
        Ok(turn)
    }

    /// Stops every worker's use of the account for a while, and slows it down afterwards.
    pub(super) async fn throttle_account(
        &self,
        account: AccountName,
        pause: Millis,
    ) -> Result<(), StoreError> {
        if !self.uses_account() {
            return Ok(());
        }
        let now = self.dispatcher.clock.now();
        self.dispatcher.stores.campaigns.throttle_account(account, now, now.plus(pause)).await
    }

    /// Stores the news of this worker's call in the account's turns. An answered call that was not a probe has no news.
    pub(super) async fn learn_of_call(
        &self,
        account: AccountName,
        news: CallNews,
        probe: Option<Probe>,
    ) -> Result<(), StoreError> {
        if !self.uses_account() || (probe.is_none() && !news.is_urgent()) {
            return Ok(());
        }
        let (campaigns, now) = (&self.dispatcher.stores.campaigns, self.dispatcher.clock.now());
        let (before, after) = campaigns.learn_of_call(account, news, probe, now).await?;
        report_doubt(account, &before, &after, now);
        report_closure(account, &before, &after, now);
        Ok(())
    }

    /// How long the account is closed from now on: the doubt in it, or a pause that its provider asked for.
    pub(super) async fn closed_for(&self, account: AccountName) -> Result<Millis, StoreError> {
        let stored = self.account_turns(account).await?;
        Ok(stored.turns().closed_until().since(self.dispatcher.clock.now()).max(Millis(0)))
    }
}

/// Logs a doubt that began, deepened or ended.
fn report_doubt(account: AccountName, before: &AccountTurns, after: &AccountTurns, now: Timestamp) {
    let (before, after) = (before.doubt(), after.doubt());
    if after.lasts() && after != before {
        let (calls, next_try_s) = (after.calls(), after.next_probe_at().since(now).secs_rounded_up());
        tracing::error!(%account, calls, next_try_s, "nothing is known of a call: the provider account is in doubt");
        telemetry::metrics(now.millis(), crate::FUNCTION, &[(telemetry::ACCOUNT_IN_DOUBT, 1)]);
    } else if let (Some(since), None) = (before.since(), after.since()) {
        let lasted_s = now.since(since).secs_rounded_up();
        tracing::warn!(%account, lasted_s, "the provider answers again: the account is no longer in doubt");
    }
}

/// Logs a fault that closed an account, and the end of the closure.
fn report_closure(account: AccountName, before: &AccountTurns, after: &AccountTurns, now: Timestamp) {
    match (before.closure(), after.closure()) {
        (None, Some(closure)) => {
            let fault = closure.fault().code();
            tracing::error!(%account, fault, "the provider account has a fault: other accounts take its recipients");
            telemetry::metrics(now.millis(), crate::FUNCTION, &[(telemetry::ACCOUNTS_CLOSED, 1)]);
        }
        (Some(closure), None) => {
            let lasted_s = now.since(closure.since()).secs_rounded_up();
            tracing::warn!(%account, lasted_s, "the provider account is open again");
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
}
