//! Double entry for one wallet: postings, each with an id so that it applies once.
//!
//! ```text
//! top-up:  outside   → available        correction: available → outside
//! reserve: available → reserved
//! settle:  reserved  → charged          release:    reserved  → available
//! ```
//! Top-ups − corrections = available + reserved + charged, after every posting.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    ids::CampaignId,
    keys::{BatchKey, CampaignKey},
    money::{Money, MoneyError},
};

/// The most that each part of a wallet may hold, two hundred million million: all three together are in the range of
/// [`Money`].
pub const MOST_IN_A_PART: Money = Money::from_ten_thousandths(2_000_000_000_000_000_000);
const _: () = assert!(MOST_IN_A_PART.ten_thousandths() < i64::MAX / 4);

/// An organisation's money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Wallet {
    pub available: Money,
    /// Promised to campaigns that are under way.
    pub reserved: Money,
    pub charged: Money,
}

impl Wallet {
    /// The organisation's unspent money: available and reserved together.
    pub fn balance(&self) -> Money {
        [self.available, self.reserved].into_iter().sum()
    }

    /// The wallet after a change. No part may fall below zero, or rise above [`MOST_IN_A_PART`].
    pub fn changed_by(self, change: WalletChange) -> Result<Self, WalletError> {
        let part = |part: Money, change: Money| match part.checked_add(change)? {
            sum if sum < Money::ZERO => Err(WalletError::BelowZero),
            sum if sum > MOST_IN_A_PART => Err(WalletError::TooMuch),
            sum => Ok(sum),
        };
        Ok(Self {
            available: part(self.available, change.available)?,
            reserved: part(self.reserved, change.reserved)?,
            charged: part(self.charged, change.charged)?,
        })
    }
}

/// Why a wallet cannot be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WalletError {
    /// A part has less than the change takes.
    #[error("a part of the wallet would fall below zero")]
    BelowZero,
    /// A part would have more than [`MOST_IN_A_PART`].
    #[error("a part of the wallet would hold too much")]
    TooMuch,
    /// A sum is out of range.
    #[error(transparent)]
    Amount(#[from] MoneyError),
}

/// How postings change a wallet together, part by part. A decrease is negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct WalletChange {
    /// Added to [`Wallet::available`].
    pub available: Money,
    /// Added to [`Wallet::reserved`].
    pub reserved: Money,
    /// Added to [`Wallet::charged`].
    pub charged: Money,
}

impl WalletChange {
    /// The sum of postings that are written together.
    pub fn of(postings: &[Posting]) -> Result<Self, MoneyError> {
        postings
            .iter()
            .try_fold(Self::default(), |sum, posting| sum.plus(posting.kind.change(posting.amount)))
    }

    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            available: self.available.checked_add(other.available)?,
            reserved: self.reserved.checked_add(other.reserved)?,
            charged: self.charged.checked_add(other.charged)?,
        })
    }

    /// The least that each part must have for the change: a condition of its write. Zero for a part that does not
    /// decrease.
    pub fn least(self) -> Wallet {
        let least = |part: Money| if part < Money::ZERO { part.negated() } else { Money::ZERO };
        Wallet {
            available: least(self.available),
            reserved: least(self.reserved),
            charged: least(self.charged),
        }
    }

    /// The most that each part may have for the change: the other condition of its write. Below zero if the change is
    /// too large for any wallet.
    pub fn most(self) -> Wallet {
        let most = |part: Money| {
            if part.is_positive() {
                MOST_IN_A_PART.checked_sub(part).unwrap_or_default()
            } else {
                MOST_IN_A_PART
            }
        };
        Wallet { available: most(self.available), reserved: most(self.reserved), charged: most(self.charged) }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// Money is added.
    TopUp,
    /// Money that was added by mistake is taken out.
    Correction,
    /// A campaign's cost is set aside at acceptance.
    Reserve,
    /// Charges messages that the provider accepted.
    Settle,
    /// Money of messages that did not go out is refunded.
    Release,
}

impl PostingKind {
    /// How an amount of this kind changes a wallet.
    pub const fn change(self, amount: Money) -> WalletChange {
        let (none, out) = (Money::ZERO, amount.negated());
        match self {
            Self::TopUp => WalletChange { available: amount, reserved: none, charged: none },
            Self::Correction => WalletChange { available: out, reserved: none, charged: none },
            Self::Reserve => WalletChange { available: out, reserved: amount, charged: none },
            Self::Settle => WalletChange { available: none, reserved: out, charged: amount },
            Self::Release => WalletChange { available: amount, reserved: out, charged: none },
        }
    }

    pub const ALL: [Self; 5] = [Self::TopUp, Self::Correction, Self::Reserve, Self::Settle, Self::Release];

    /// The ledger's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Correction => "correction",
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Release => "release",
        }
    }
}

/// The word is not a kind of posting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
#[error("must be one of top_up, correction, reserve, settle, release")]
pub struct PostingKindError;

impl FromStr for PostingKind {
    type Err = PostingKindError;

    fn from_str(word: &str) -> Result<Self, PostingKindError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word).ok_or(PostingKindError)
    }
}

/// One line of the ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Names the cause; the ledger refuses a second posting with the same id.
    pub id: String,
    /// The kind of the movement.
    pub kind: PostingKind,
    /// Never negative.
    pub amount: Money,
    /// The campaign it belongs to, if it has one.
    pub campaign: Option<CampaignId>,
    /// The operator's reason of a correction.
    pub reason: Option<String>,
}

/// The settlement of a batch that a posting belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settlement {
    /// When the batch was dispatched.
    AtDispatch,
    /// When delivery reports settled recipients that were unconfirmed; the version of the report sheet distinguishes
    /// such times.
    ByReports(u64),
    /// When the wait for such reports ended.
    AtTimeout,
}

impl Posting {
    /// Adds money under the payer's reference.
    pub fn top_up(reference: &str, amount: Money) -> Self {
        Self {
            id: format!("topup:{reference}"),
            kind: PostingKind::TopUp,
            amount,
            campaign: None,
            reason: None,
        }
    }

    /// Takes out money that was added by mistake, under a reference of its own.
    pub fn correction(reference: &str, amount: Money, reason: &str) -> Self {
        Self {
            id: format!("correction:{reference}"),
            kind: PostingKind::Correction,
            amount,
            campaign: None,
            reason: Some(reason.to_owned()),
        }
    }

    /// A campaign's cost is set aside.
    pub fn reserve(campaign: CampaignId, amount: Money) -> Self {
        Self {
            id: format!("reserve:{campaign}"),
            kind: PostingKind::Reserve,
            amount,
            campaign: Some(campaign),
            reason: None,
        }
    }

    /// Charges (`Settle`) or refunds (`Release`) money of a batch.
    pub fn of_batch(kind: PostingKind, batch: BatchKey, settlement: Settlement, amount: Money) -> Self {
        let BatchKey { campaign: CampaignKey { campaign, .. }, batch } = batch;
        let when = match settlement {
            Settlement::AtDispatch => String::new(),
            Settlement::ByReports(version) => format!(":reports-{version}"),
            Settlement::AtTimeout => ":timeout".to_owned(),
        };
        Self {
            id: format!("{}:{campaign}:{batch}{when}", kind.as_str()),
            kind,
            amount,
            campaign: Some(campaign),
            reason: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> BatchKey {
        "00000000000000000000000000000001.84.3".parse().unwrap()
    }

    /// If an id changed, or two causes shared one, a posting would be made twice or not at all.
    #[test]
    fn each_cause_of_a_posting_has_its_own_stable_id() {
        let of_batch = |kind, settlement| Posting::of_batch(kind, batch(), settlement, Money::ZERO).id;
        let ids = [
            Posting::top_up("mpesa-QX12", Money::ZERO).id,
            Posting::correction("mpesa-QX12", Money::ZERO, "typed twice").id,
            Posting::reserve(batch().campaign.campaign, Money::ZERO).id,
            of_batch(PostingKind::Settle, Settlement::AtDispatch),
            of_batch(PostingKind::Release, Settlement::AtDispatch),
            of_batch(PostingKind::Settle, Settlement::ByReports(2)),
            of_batch(PostingKind::Release, Settlement::AtTimeout),
        ];
        let known = [
            "topup:mpesa-QX12",
            "correction:mpesa-QX12",
            "reserve:84",
            "settle:84:3",
            "release:84:3",
            "settle:84:3:reports-2",
            "release:84:3:timeout",
        ];
        assert_eq!(ids, known);
        let words = [PostingKind::TopUp, PostingKind::Reserve].map(PostingKind::as_str);
        assert_eq!(words, ["top_up", "reserve"]);
    }

    #[test]
    fn reserved_money_cannot_be_spent() {
        let [available, reserved, charged] = [7, 20, 100].map(Money::from_ten_thousandths);
        let wallet = Wallet { available, reserved, charged };
        assert_eq!(wallet.balance(), Money::from_ten_thousandths(27));
    }

    fn wallet(available: i64, reserved: i64, charged: i64) -> Wallet {
        let [available, reserved, charged] = [available, reserved, charged].map(Money::from_ten_thousandths);
        Wallet { available, reserved, charged }
    }

    #[test]
    fn a_part_of_a_wallet_can_be_emptied_and_not_overdrawn() {
        let reserve = |amount| PostingKind::Reserve.change(Money::from_ten_thousandths(amount));
        assert_eq!(wallet(7, 0, 0).changed_by(reserve(7)), Ok(wallet(0, 7, 0)));
        assert_eq!(wallet(7, 0, 0).changed_by(reserve(8)), Err(WalletError::BelowZero));
        let correct = |amount| PostingKind::Correction.change(Money::from_ten_thousandths(amount));
        assert_eq!(wallet(7, 5, 0).changed_by(correct(7)), Ok(wallet(0, 5, 0)));
        assert_eq!(wallet(7, 5, 0).changed_by(correct(8)), Err(WalletError::BelowZero));
    }

    #[test]
    fn a_part_of_a_wallet_has_a_maximum_and_the_sum_of_the_parts_is_an_amount() {
        let most = 2_000_000_000_000_000_000;
        let top_up = |amount| PostingKind::TopUp.change(Money::from_ten_thousandths(amount));
        assert_eq!(wallet(most - 1, 0, 0).changed_by(top_up(1)), Ok(wallet(most, 0, 0)));
        assert_eq!(wallet(most, 0, 0).changed_by(top_up(1)), Err(WalletError::TooMuch));
        assert_eq!(Wallet::default().changed_by(top_up(i64::MAX)), Err(WalletError::TooMuch));
        assert_eq!(top_up(1).most(), wallet(most - 1, most, most));
        assert_eq!(top_up(most + 1).most().available, Money::from_ten_thousandths(-1));
        let Wallet { available, reserved, charged } = wallet(most, most, most);
        assert!(Money::checked_sum([available, reserved, charged]).is_ok());
    }

    #[test]
    fn postings_written_together_are_added_up_and_need_only_their_net_amount() {
        let money = Money::from_ten_thousandths;
        let of_batch = |kind, amount| Posting::of_batch(kind, batch(), Settlement::AtDispatch, money(amount));
        let postings = [of_batch(PostingKind::Settle, 5), of_batch(PostingKind::Release, 2)];
        let change = WalletChange::of(&postings).unwrap();
        assert_eq!(change, WalletChange { available: money(2), reserved: money(-7), charged: money(5) });
        assert_eq!(change.least(), wallet(0, 7, 0));
        assert_eq!(WalletChange::of(&[]), Ok(WalletChange::default()));
        assert_eq!(
            WalletChange::of(&[Posting::top_up("a", money(i64::MAX)), Posting::top_up("b", money(1))]),
            Err(MoneyError::OutOfRange)
        );
    }
}
