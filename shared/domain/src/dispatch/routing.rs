//! The account that a recipient is handed over to: the first of its route that can be used.
//!
//! | what became of a hand-over | the recipient | the account |
//! |---|---|---|
//! | accepted, unknown | is never handed over again | – |
//! | refused for a reason of the recipient or the text | failed | – |
//! | refused for a reason of the account | goes to the next account; failed if there is none | – |
//! | not taken, a fault of the account | goes to the next account | closed for minutes |
//! | not taken, a fault of the campaign's sender or request | goes to the next account | stays open for other campaigns |
//! | not taken, throttled | waits; goes to the next account once the campaign's patience is over | held |
//! | not taken, nothing was sent | goes to the next account | – |
//! | put off | waits | – |
//!
//! Which account comes next never decides whether a recipient may be handed over at all: only a recipient that is queued
//! by the journal is.

use std::collections::{BTreeMap, BTreeSet};

use super::Stop;
use crate::{
    batch::RecipientBatch,
    ids::{AccountName, Slot},
    journal::SlotOutcome,
    keys::CampaignKey,
    outcome::AccountFault,
    prefix::Prefix,
    routes::{Leg, Routes, preferred_leg},
};

/// Why a worker must not use an account for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unavailable {
    /// Recipients of the account wait for it.
    Waits(Stop),
    /// The account has a fault. Its recipients go to the next account, and are tried here again if there is none.
    Faulty(AccountFault),
    /// Recipients of the account go to the next one.
    Closed(Stop),
}

/// The accounts that a worker can use, and those that became unavailable since it claimed its batch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct UsableAccounts {
    /// The most recipients of one call, by account.
    most: BTreeMap<AccountName, usize>,
    unavailable: BTreeMap<AccountName, Unavailable>,
    /// Legs whose recipients wait for the turn of the sender, and why.
    waiting: Vec<(Leg, Stop)>,
}

/// The account that a recipient goes to next, or why there is none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NextLeg<'a> {
    /// The recipient goes to this account.
    Leg(&'a Leg),
    /// The recipient waits.
    Waits(Stop),
    /// No account is left: no route leads there, or every account of the route has declined the recipient.
    Unrouted,
}

/// The route of each recipient of a batch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BatchRoutes {
    routes: Vec<Vec<Leg>>,
    by_slot: Vec<Option<usize>>,
}

impl UsableAccounts {
    /// Takes the accounts that are connected and not held, each with the most recipients of one of its calls.
    pub fn new(accounts: impl IntoIterator<Item = (AccountName, usize)>) -> Self {
        Self { most: accounts.into_iter().collect(), unavailable: BTreeMap::new(), waiting: Vec::new() }
    }

    /// Replaces the accounts; unavailable ones stay unavailable.
    pub fn replace(&mut self, accounts: impl IntoIterator<Item = (AccountName, usize)>) {
        self.most = accounts.into_iter().collect();
    }

    /// Makes an account unavailable from now on.
    pub fn mark(&mut self, account: AccountName, unavailable: Unavailable) {
        self.unavailable.insert(account, unavailable);
    }

    /// Lets the recipients of a leg wait.
    pub fn mark_leg(&mut self, leg: Leg, stop: Stop) {
        self.waiting.push((leg, stop));
    }

    /// Why an account cannot be used; `None` if it can be.
    pub fn unavailable(&self, account: AccountName) -> Option<Unavailable> {
        let is_usable = self.most.contains_key(&account);
        if is_usable {
            self.unavailable.get(&account).copied()
        } else {
            Some(Unavailable::Closed(Stop::Held))
        }
    }

    /// The most recipients of one call to an account.
    pub fn most_recipients(&self, account: AccountName) -> usize {
        self.most.get(&account).copied().unwrap_or_default()
    }

    /// Chooses the account of a recipient whose route has these legs. A recipient waits for an account rather than go
    /// to a later one; an account with a fault is tried again only if no other is open.
    pub fn next_leg<'a>(&self, legs: &'a [Leg], declined_by: &[AccountName]) -> NextLeg<'a> {
        let (mut faulty, mut stop) = (None, None::<Stop>);
        for leg in legs.iter().filter(|leg| !declined_by.contains(&leg.account)) {
            let waits = || {
                let waiting = self.waiting.iter().find(|(other, _)| other == leg);
                waiting.map(|(_, stop)| Unavailable::Waits(*stop))
            };
            match self.unavailable(leg.account).or_else(waits) {
                None => return NextLeg::Leg(leg),
                Some(Unavailable::Waits(stop)) => return NextLeg::Waits(stop),
                Some(Unavailable::Faulty(_)) => faulty = faulty.or(Some(leg)),
                Some(Unavailable::Closed(other)) => stop = Some(stop.map_or(other, |stop| stop.or(other))),
            }
        }
        match (faulty, stop) {
            (Some(leg), _) => NextLeg::Leg(leg),
            (None, Some(stop)) => NextLeg::Waits(stop),
            (None, None) => NextLeg::Unrouted,
        }
    }
}

impl BatchRoutes {
    /// Finds the route of each recipient of a campaign's batch, with the account of its share first. Legs whose account
    /// does not take the campaign's sender are left out.
    pub fn new(
        routes: &Routes,
        campaign: CampaignKey,
        batch: &RecipientBatch,
        takes_sender: impl Fn(&Leg) -> bool,
    ) -> Self {
        let mut places = BTreeMap::<(Prefix, usize), usize>::new();
        let mut found = Vec::new();
        let key = campaign.batch(batch.number());
        let route_of = |slot: usize| {
            let slot = Slot::try_from(slot).ok()?;
            let (prefix, legs) = routes.find(batch.recipient(slot)?)?;
            let preferred = preferred_leg(legs, key.message(slot));
            Some(*places.entry((prefix, preferred)).or_insert_with(|| {
                let (before, rest) = legs.split_at(preferred);
                let (first, after) = rest.split_at(rest.len().min(1));
                let legs = [first, before, after].concat();
                found.push(legs.into_iter().filter(&takes_sender).collect());
                found.len() - 1
            }))
        };
        let by_slot = (0..batch.len()).map(route_of).collect();
        Self { routes: found, by_slot }
    }

    /// One route for each of this many recipients.
    pub fn alike(legs: Vec<Leg>, recipients: usize) -> Self {
        Self { routes: vec![legs], by_slot: vec![Some(0); recipients] }
    }

    /// A route of its own for each recipient.
    #[cfg(test)]
    pub(super) fn mixed<const N: usize>(routes: [Vec<Leg>; N]) -> Self {
        Self { by_slot: (0..N).map(Some).collect(), routes: routes.into() }
    }

    /// The legs of a recipient's route, the preferred one first; empty without a route.
    pub fn legs(&self, slot: Slot) -> &[Leg] {
        let route = self.by_slot.get(usize::from(slot)).copied().flatten();
        route.and_then(|place| self.routes.get(place)).map_or(&[], Vec::as_slice)
    }

    /// The accounts that the routes of any recipient lead to.
    pub fn accounts(&self) -> BTreeSet<AccountName> {
        self.routes.iter().flatten().map(|leg| leg.account).collect()
    }

    /// Whether a recipient has another account than the preferred one.
    pub fn has_choice(&self) -> bool {
        self.routes.iter().any(|legs| legs.len() > 1)
    }

    /// The outcome of a recipient of a call: declined instead of refused, if the reason concerns only this account and
    /// another account of the route has not declined the recipient.
    pub fn settle(
        &self,
        slot: Slot,
        outcome: SlotOutcome,
        account: AccountName,
        declined_by: &[AccountName],
    ) -> SlotOutcome {
        let goes_on = |leg: &Leg| leg.account != account && !declined_by.contains(&leg.account);
        match outcome {
            SlotOutcome::Refused(reason, code)
                if reason.may_go_elsewhere() && self.legs(slot).iter().any(goes_on) =>
            {
                SlotOutcome::Declined(reason, code)
            }
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{CampaignId, OrganisationId},
        outcome::RefusalReason,
        packed,
        routes::RouteList,
        timestamp::Millis,
    };

    const ONE: AccountName = AccountName::new("one");
    const TWO: AccountName = AccountName::new("two");
    const PACED: Stop = Stop::Paced(Millis(400));

    fn legs() -> Vec<Leg> {
        vec![Leg::to(ONE), Leg::to(TWO)]
    }

    fn campaign() -> CampaignKey {
        CampaignKey { organisation: OrganisationId(uuid::Uuid::nil()), campaign: CampaignId::FIRST }
    }

    /// The account of a recipient that both accounts can reach, or the reason why it waits.
    fn next(accounts: &UsableAccounts, declined_by: &[AccountName]) -> Result<AccountName, Option<Stop>> {
        match accounts.next_leg(&legs(), declined_by) {
            NextLeg::Leg(leg) => Ok(leg.account),
            NextLeg::Waits(stop) => Err(Some(stop)),
            NextLeg::Unrouted => Err(None),
        }
    }

    fn with(marks: &[(AccountName, Unavailable)]) -> UsableAccounts {
        let mut accounts = UsableAccounts::new([(ONE, 100), (TWO, 20)]);
        marks.iter().for_each(|(account, unavailable)| accounts.mark(*account, *unavailable));
        accounts
    }

    #[test]
    fn the_first_account_that_can_be_used_and_has_not_declined_is_next() {
        let mut open = with(&[]);
        assert_eq!((next(&open, &[]), next(&open, &[ONE])), (Ok(ONE), Ok(TWO)));
        assert_eq!(next(&open, &[TWO, ONE]), Err(None));
        assert_eq!(open.next_leg(&[], &[]), NextLeg::Unrouted);
        open.replace([(TWO, 20)]);
        assert_eq!((next(&open, &[]), next(&open, &[TWO])), (Ok(TWO), Err(Some(Stop::Held))));
    }

    #[test]
    fn recipients_pass_a_closed_account_and_wait_for_one_that_is_busy() {
        let closed = Unavailable::Closed(Stop::InDoubt(Millis(9)));
        assert_eq!(next(&with(&[(ONE, closed)]), &[]), Ok(TWO));
        assert_eq!(next(&with(&[(ONE, Unavailable::Waits(PACED))]), &[]), Err(Some(PACED)));
        let busy = with(&[(ONE, closed), (TWO, Unavailable::Waits(PACED))]);
        assert_eq!(
            (next(&busy, &[]), next(&busy, &[TWO])),
            (Err(Some(PACED)), Err(Some(Stop::InDoubt(Millis(9)))))
        );
    }

    #[test]
    fn recipients_wait_for_the_turn_of_their_sender_and_not_of_another_one() {
        let mut accounts = with(&[]);
        let other = Leg { from: Some("ACME".parse().unwrap()), ..Leg::to(ONE) };
        accounts.mark_leg(other.clone(), PACED);
        assert_eq!(next(&accounts, &[]), Ok(ONE));
        assert_eq!(accounts.next_leg(&[other, Leg::to(TWO)], &[]), NextLeg::Waits(PACED));
    }

    #[test]
    fn an_account_with_a_fault_is_tried_again_only_if_no_other_is_open() {
        let faulty = Unavailable::Faulty(AccountFault::BalanceEmpty);
        assert_eq!(next(&with(&[(ONE, faulty)]), &[]), Ok(TWO));
        assert_eq!(next(&with(&[(ONE, faulty)]), &[TWO]), Ok(ONE));
        assert_eq!(next(&with(&[(ONE, faulty), (TWO, faulty)]), &[]), Ok(ONE));
        let fault = Stop::Fault(AccountFault::OnHold);
        let tried =
            with(&[(ONE, Unavailable::Closed(fault)), (TWO, Unavailable::Closed(Stop::InDoubt(Millis(9))))]);
        assert_eq!(next(&tried, &[]), Err(Some(fault)), "a person is needed");
    }

    #[test]
    fn a_refusal_becomes_declined_only_if_its_reason_is_the_account_and_another_account_is_left() {
        let routes = BatchRoutes::alike(legs(), 1);
        for reason in RefusalReason::ALL {
            let refused = || SlotOutcome::Refused(reason, "407".to_owned());
            let declined = SlotOutcome::Declined(reason, "407".to_owned());
            let expected = if reason.may_go_elsewhere() { declined } else { refused() };
            assert_eq!(routes.settle(0, refused(), ONE, &[]), expected, "{reason:?}");
            assert_eq!(routes.settle(0, refused(), TWO, &[ONE]), refused());
            assert_eq!(BatchRoutes::alike(vec![Leg::to(ONE)], 1).settle(0, refused(), ONE, &[]), refused());
        }
        for outcome in [SlotOutcome::Accepted(None), SlotOutcome::Unknown, SlotOutcome::PutOff] {
            assert_eq!(routes.settle(0, outcome.clone(), ONE, &[]), outcome);
        }
    }

    #[test]
    fn each_recipient_of_a_batch_has_the_route_of_its_number() {
        let numbers = packed::pack(&[254_711_000_001_u64, 254_711_000_002, 255_711_000_001, 447_400_123_456]);
        let batch = RecipientBatch::unpack(0, &numbers).unwrap();
        let list = ["254=one,two", "255=two"].map(|text| text.parse().unwrap());
        let list = RouteList::new(list.to_vec()).unwrap();
        let list = Routes::new(&list, &RouteList::default(), ONE);
        let routes = BatchRoutes::new(&list, campaign(), &batch, |_| true);
        assert_eq!((routes.legs(0), routes.legs(1)), (&legs()[..], &legs()[..]));
        assert_eq!((routes.legs(2), routes.legs(3)), (&[Leg::to(TWO)][..], &[][..]));
        assert!(routes.has_choice() && routes.legs(9).is_empty());
        assert_eq!(routes.accounts(), [ONE, TWO].into());
        let only = BatchRoutes::new(&Routes::to_only(ONE), campaign(), &batch, |_| true);
        assert_eq!(only, BatchRoutes::alike(vec![Leg::to(ONE)], 4));
        assert!(!only.has_choice());
        let of_sender = BatchRoutes::new(&list, campaign(), &batch, |leg| leg.account == TWO);
        assert_eq!(
            of_sender.legs(0),
            [Leg::to(TWO)],
            "the account of the other leg does not take the sender"
        );
    }
}
