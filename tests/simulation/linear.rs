//! Whether one order of the operations on a wallet, which agrees with real time, explains every answer: the search of
//! Wing and Gong with Lowe's memory of visited states.
//!
//! Movements are sums, so a set of operations gives the same wallet in any order: the state of the search is the set of
//! operations that came before.

use std::{collections::HashSet, time::Duration};

use domain::{
    money::Money,
    wallet::{Wallet, WalletChange},
};

/// An effect of an operation on the wallet, or a value that it read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Money moves, by an amount in each part. No part may fall below zero.
    Moves(WalletChange),
    Saw(Wallet),
    /// The wallet had less to spend than this.
    Refused(Money),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Operation {
    pub effect: Effect,
    /// The operation took effect after this.
    pub asked: Duration,
    /// The operation took effect before this; `None` if no client was answered, so that it may never have happened.
    pub answered: Option<Duration>,
    /// The operation can only have taken effect after this one, given by its index in the history.
    pub after: Option<usize>,
}

/// Most operations of a history: a set of them is a number's bits.
const MOST: usize = u64::BITS as usize;

/// An order that explains the history, if there is one.
pub fn explain(opening: Wallet, history: &[Operation]) -> Option<Vec<usize>> {
    assert!(history.len() <= MOST, "{} operations", history.len());
    let mut search = Search { history, order: Vec::new(), been: HashSet::new() };
    search.goes_on(opening, 0).then_some(search.order)
}

struct Search<'a> {
    history: &'a [Operation],
    order: Vec<usize>,
    been: HashSet<u64>,
}

impl Search<'_> {
    /// Whether the remaining operations can be explained after those that are done, which have led to this wallet.
    fn goes_on(&mut self, wallet: Wallet, done: u64) -> bool {
        if self.rest(done).all(|operation| operation.answered.is_none()) {
            return true;
        }
        if !self.been.insert(done) {
            return false;
        }
        let first_answer = self.rest(done).filter_map(|operation| operation.answered).min();
        let may_be_next = |place: usize| {
            let Operation { asked, after, .. } = self.history[place];
            done & (1 << place) == 0
                && first_answer.is_none_or(|answer| asked <= answer)
                && after.is_none_or(|before| done & (1 << before) != 0)
        };
        let next: Vec<usize> = (0..self.history.len()).filter(|place| may_be_next(*place)).collect();
        // A read that agrees with the present wallet can be placed now, because it delays no other operation.
        let told = |place: &&usize| match self.history[**place].effect {
            Effect::Saw(seen) => seen == wallet,
            Effect::Refused(cost) => wallet.available < cost,
            Effect::Moves(_) => false,
        };
        if let Some(&place) = next.iter().find(told) {
            return self.takes(place, wallet, done);
        }
        next.into_iter().any(|place| match self.history[place].effect {
            Effect::Moves(moved) => plus(wallet, moved).is_some_and(|after| self.takes(place, after, done)),
            Effect::Saw(_) | Effect::Refused(_) => false,
        })
    }

    fn takes(&mut self, place: usize, wallet: Wallet, done: u64) -> bool {
        self.order.push(place);
        let explained = self.goes_on(wallet, done | 1 << place);
        if !explained {
            self.order.pop();
        }
        explained
    }

    fn rest(&self, done: u64) -> impl Iterator<Item = &Operation> {
        self.history.iter().enumerate().filter(move |(place, _)| done & (1 << place) == 0).map(|(_, one)| one)
    }
}

/// The wallet after a movement; `None` if a part would fall below zero.
fn plus(wallet: Wallet, moved: WalletChange) -> Option<Wallet> {
    let part = |a: Money, b: Money| a.checked_add(b).ok().filter(|sum| *sum >= Money::ZERO);
    Some(Wallet {
        available: part(wallet.available, moved.available)?,
        reserved: part(wallet.reserved, moved.reserved)?,
        charged: part(wallet.charged, moved.charged)?,
    })
}

#[cfg(test)]
mod tests {
    use domain::wallet::PostingKind;

    use super::*;

    fn money(units: i64) -> Money {
        Money::from_ten_thousandths(units)
    }

    fn wallet(available: i64, reserved: i64) -> Wallet {
        Wallet { available: money(available), reserved: money(reserved), charged: Money::ZERO }
    }

    fn moves(kind: PostingKind, units: i64) -> Effect {
        Effect::Moves(kind.change(money(units)))
    }

    /// Each operation as its effect, and from when until when it lasted.
    fn is_explained(operations: &[(Effect, u64, Option<u64>)]) -> bool {
        let operation = |(effect, asked, answered): &(Effect, u64, Option<u64>)| Operation {
            effect: *effect,
            asked: Duration::from_secs(*asked),
            answered: answered.map(Duration::from_secs),
            after: None,
        };
        explain(wallet(10, 0), &operations.iter().map(operation).collect::<Vec<_>>()).is_some()
    }

    const SAW: fn(i64, i64) -> Effect = |available, reserved| Effect::Saw(wallet(available, reserved));

    #[test]
    fn concurrent_operations_are_explained_in_any_order_and_unanswered_ones_may_be_missing() {
        let (five, six) = (moves(PostingKind::TopUp, 5), moves(PostingKind::Reserve, 6));
        assert!(is_explained(&[(five, 0, Some(9)), (six, 0, Some(9)), (SAW(15, 0), 1, Some(2))]));
        assert!(is_explained(&[(five, 0, Some(9)), (six, 0, Some(9)), (SAW(4, 6), 1, Some(2))]));
        assert!(is_explained(&[(five, 0, None), (SAW(10, 0), 7, Some(8))]));
        assert!(is_explained(&[(five, 0, None), (SAW(10, 0), 5, Some(6)), (SAW(15, 0), 7, Some(8))]));
        assert!(is_explained(&[(Effect::Refused(money(11)), 0, Some(9)), (five, 0, Some(9))]));
    }

    #[test]
    fn a_posting_that_is_lost_doubled_early_or_late_is_not_explained() {
        let five = (moves(PostingKind::TopUp, 5), 1, Some(2));
        assert!(is_explained(&[five, (SAW(15, 0), 3, Some(4))]));
        assert!(!is_explained(&[five, (SAW(10, 0), 3, Some(4))]), "lost, or late");
        assert!(!is_explained(&[five, (SAW(20, 0), 3, Some(4))]), "doubled");
        assert!(
            !is_explained(&[(moves(PostingKind::TopUp, 5), 5, Some(6)), (SAW(15, 0), 3, Some(4))]),
            "early"
        );
        assert!(!is_explained(&[five, (SAW(15, 0), 3, Some(4)), (SAW(10, 0), 5, Some(6))]), "taken back");
    }

    #[test]
    fn two_readers_that_saw_two_orders_are_not_explained() {
        let at_once =
            [(moves(PostingKind::TopUp, 5), 0, Some(9)), (moves(PostingKind::TopUp, 3), 0, Some(9))];
        let [five, three] = at_once;
        assert!(is_explained(&[five, three, (SAW(15, 0), 1, Some(2)), (SAW(18, 0), 3, Some(4))]));
        assert!(!is_explained(&[five, three, (SAW(15, 0), 1, Some(2)), (SAW(13, 0), 1, Some(2))]));
    }

    #[test]
    fn a_reservation_above_the_balance_and_a_refusal_below_it_are_not_explained() {
        assert!(!is_explained(&[(moves(PostingKind::Reserve, 11), 0, Some(9))]));
        assert!(!is_explained(&[(Effect::Refused(money(10)), 0, Some(9))]));
        let both = (moves(PostingKind::Reserve, 6), 0, Some(9));
        assert!(!is_explained(&[both, both]), "both of two, with money for one");
    }

    #[test]
    fn an_operation_that_began_after_another_ended_is_not_ordered_before_it() {
        let operation = |kind, after| Operation {
            effect: moves(kind, 4),
            asked: Duration::ZERO,
            answered: Some(Duration::from_secs(1)),
            after,
        };
        let order = [operation(PostingKind::Release, Some(1)), operation(PostingKind::Reserve, None)];
        assert_eq!(explain(wallet(10, 0), &order), Some(vec![1, 0]));
        assert_eq!(explain(wallet(10, 4), &[operation(PostingKind::Release, Some(0))]), None);
    }
}
