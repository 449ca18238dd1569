//! A worker's next step: what has changed, which account comes next, and its turn.

use domain::{
    dispatch::{FollowUp, HandOver, Situation, Step, Stop, has_queued, next_step, waits_for},
    ids::AccountName,
    journal::DropReason,
    timestamp::Millis,
};
use futures_util::future::{OptionFuture, join3};
use providers::MAX_RECIPIENTS_PER_CALL;
use stores::{StoreError, campaigns::StoredTurns};

use super::{GROUP_TIME, OptOuts, Worker, erased_slots, refresh::Refreshed};

/// An account, and its turns if they were read together with the campaign's state.
pub(super) type ReadTurns = Option<(AccountName, StoredTurns)>;

impl Worker<'_> {
    /// Decides the next step, after reading what has changed. No recipient is handed over while a follow-up is due: if
    /// the follow-up failed after the intent was written, the intent could never be carried out.
    pub(super) async fn plan(
        &mut self,
        stop: &mut Option<Stop>,
        follow_up: FollowUp,
    ) -> Result<Step, StoreError> {
        (self.most, self.probe) = (MAX_RECIPIENTS_PER_CALL, None);
        let is_due = self.refresh_accounts().await? == Refreshed::WithoutAccounts || follow_up.is_due();
        // Checked again, because connecting accounts takes time.
        *stop = stop.or_else(|| self.out_of_time());
        let hand_over = |stop| if is_due { HandOver::Stops } else { HandOver::after(stop) };
        let turns = self.look_up(self.next_account(hand_over(*stop))).await?;
        if self.dispatcher.is_stopped(&self.header, &self.accounts.routed).await? {
            *stop = stop.or(Some(Stop::Ends));
        }
        match hand_over(*stop) {
            HandOver::Stops => Ok(self.next_step(HandOver::Stops)),
            HandOver::Continues => self.choose_account(turns, stop).await,
        }
    }

    /// The account that is probably next. It is guessed before anything is read, so that its turns are read together
    /// with the campaign's state.
    fn next_account(&self, hand_over: HandOver) -> Option<AccountName> {
        let group = self.next_step(hand_over).group.filter(|_| self.uses_account());
        group.map(|group| group.leg.account)
    }

    /// Chooses the first account that gives a turn, with the group for it. An account that gives none is not asked
    /// again, so that this ends. The turn is taken before the intent is written: a wait must not leave an intent open.
    async fn choose_account(
        &mut self,
        mut read: ReadTurns,
        stop: &mut Option<Stop>,
    ) -> Result<Step, StoreError> {
        loop {
            let step = self.next_step(HandOver::Continues);
            if !self.accounts.are_routes_new && drops_unrouted(&step) {
                self.read_routes().await?;
                continue;
            }
            let Some(group) = step.group.as_ref() else {
                *stop = stop.or_else(|| self.waits_for());
                return Ok(step);
            };
            if !self.uses_account() {
                return Ok(step);
            }
            let (leg, recipients) = (group.leg.clone(), group.slots.len());
            let account = leg.account;
            let turns = match read.take().filter(|(of, _)| *of == account) {
                Some((_, turns)) => turns,
                None => self.account_turns(account).await?,
            };
            if let Some(unavailable) = self.take_turn(&leg, turns, recipients).await? {
                self.accounts.mark(&leg, unavailable, &self.header.sender);
                continue;
            }
            // Recipients may have opted out during the wait, so the next group may be for another account.
            let step = self.next_step(HandOver::Continues);
            if step.group.as_ref().is_none_or(|group| group.leg == leg) {
                return Ok(step);
            }
            (self.most, self.probe) = (MAX_RECIPIENTS_PER_CALL, None);
        }
    }

    /// Why the remaining recipients wait. `None` while outcomes are unwritten, because the remaining recipients are not
    /// known then.
    fn waits_for(&self) -> Option<Stop> {
        let is_known = self.batch.progress.in_flight().is_empty();
        is_known.then(|| waits_for(&self.batch.progress, &self.situation(HandOver::Continues))).flatten()
    }

    fn out_of_time(&self) -> Option<Stop> {
        (self.time_left() < GROUP_TIME).then_some(Stop::Ends)
    }

    pub(super) fn time_left(&self) -> Millis {
        self.deadline.since(self.dispatcher.clock.now())
    }

    /// Reads together what may have changed since the last group: the campaign's state, the opt-outs, and the turns of
    /// an account.
    pub(super) async fn look_up(&mut self, account: Option<AccountName>) -> Result<ReadTurns, StoreError> {
        let stores = &self.dispatcher.stores;
        let (campaign, organisation) = (self.key.campaign, self.key.campaign.organisation);
        let version =
            has_queued(&self.batch.progress).then(|| stores.accounts.opt_outs.version(organisation));
        let (header, version, turns) = join3(
            stores.campaigns.header(campaign),
            OptionFuture::from(version),
            OptionFuture::from(account.map(|account| self.account_turns(account))),
        )
        .await;
        if let Some(header) = header? {
            self.header = header;
        }
        if let Some(version) = version.transpose()? {
            self.read_opt_outs(version).await?;
        }
        Ok(account.zip(turns.transpose()?))
    }

    async fn read_opt_outs(&mut self, version: u64) -> Result<(), StoreError> {
        let stores = &self.dispatcher.stores;
        let organisation = self.key.campaign.organisation;
        if version != self.opt_outs.version {
            let recipients = self.batch.plan.recipients();
            let out = stores.accounts.opt_outs.contains_any(organisation, recipients).await?;
            let slots = out.into_iter().filter_map(|number| self.batch.plan.slot_of(number));
            self.opt_outs = OptOuts { version, slots: slots.chain(erased_slots(&self.batch)).collect() };
        }
        Ok(())
    }

    fn situation(&self, hand_over: HandOver) -> Situation<'_> {
        Situation {
            campaign: self.header.state,
            valid_until: self.header.valid_until,
            opted_out: &self.opt_outs.slots,
            token: self.token,
            routes: &self.accounts.routes,
            accounts: &self.accounts.usable,
            most: self.most,
            hand_over,
            now: self.dispatcher.clock.now(),
        }
    }

    fn next_step(&self, hand_over: HandOver) -> Step {
        next_step(&self.batch.progress, &self.situation(hand_over))
    }
}

fn drops_unrouted(step: &Step) -> bool {
    step.dropped.iter().any(|(reason, _)| *reason == DropReason::Unrouted)
}
