//! Double entry for one wallet: postings, each with an id so that it applies once.
//!
//! ```text
//! top-up:  outside   → available        reserve: available → reserved
//! settle:  reserved  → charged          release: reserved  → available
//! ```
//! Top-ups = available + reserved + charged, after every posting.

use serde::{Deserialize, Serialize};

use crate::{
    ids::{BatchNumber, CampaignId},
    money::{Money, MoneyError},
};

/// An organisation's money.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Wallet {
    /// May be spent.
    pub available: Money,
    /// Promised to campaigns that are under way.
    pub reserved: Money,
    /// Spent.
    pub charged: Money,
}

impl Wallet {
    /// What the organisation has not spent: available and reserved together.
    pub fn balance(&self) -> Money {
        [self.available, self.reserved].into_iter().sum()
    }

    /// Each part of both together: a wallet and what a posting moves. Money too large is an error; that no
    /// part may fall below zero is a condition of the write.
    pub fn checked_add(self, moved: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            available: self.available.checked_add(moved.available)?,
            reserved: self.reserved.checked_add(moved.reserved)?,
            charged: self.charged.checked_add(moved.charged)?,
        })
    }
}

/// The kinds of posting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostingKind {
    /// Money comes in.
    TopUp,
    /// A campaign's cost is set aside at acceptance.
    Reserve,
    /// What the provider accepted is charged.
    Settle,
    /// What did not go out is given back.
    Release,
}

impl PostingKind {
    /// How an amount of this kind changes a wallet, part by part.
    pub const fn movement(self, amount: Money) -> Wallet {
        let (none, out) = (Money::ZERO, amount.negated());
        match self {
            Self::TopUp => Wallet { available: amount, reserved: none, charged: none },
            Self::Reserve => Wallet { available: out, reserved: amount, charged: none },
            Self::Settle => Wallet { available: none, reserved: out, charged: amount },
            Self::Release => Wallet { available: amount, reserved: out, charged: none },
        }
    }

    /// The ledger's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Reserve => "reserve",
            Self::Settle => "settle",
            Self::Release => "release",
        }
    }
}

/// One line of the ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Posting {
    /// Names the cause; a second posting of the same id is refused by the ledger.
    pub id: String,
    /// What moves where.
    pub kind: PostingKind,
    /// How much; never negative.
    pub amount: Money,
    /// The campaign it belongs to, where it has one.
    pub campaign: Option<CampaignId>,
}

/// Which settlement of a batch a posting belongs to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settlement {
    /// When the batch was dispatched.
    AtDispatch,
    /// When delivery reports settled recipients that were unconfirmed; the report sheet's version
    /// tells one such time from another.
    ByReports(u64),
    /// When the wait for such reports ended.
    AtTimeout,
}

impl Posting {
    /// Money comes in under the payer's reference.
    pub fn top_up(reference: &str, amount: Money) -> Self {
        Self { id: format!("topup:{reference}"), kind: PostingKind::TopUp, amount, campaign: None }
    }

    /// A campaign's cost is set aside.
    pub fn reserve(campaign: CampaignId, amount: Money) -> Self {
        Self {
            id: format!("reserve:{campaign}"),
            kind: PostingKind::Reserve,
            amount,
            campaign: Some(campaign),
        }
    }

    /// A batch's money is charged (`Settle`) or given back (`Release`).
    pub fn of_batch(
        kind: PostingKind,
        campaign: CampaignId,
        batch: BatchNumber,
        settlement: Settlement,
        amount: Money,
    ) -> Self {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An id that changed, or that two causes share, would be posted twice, or not at all.
    #[test]
    fn every_cause_has_an_id_of_its_own_for_ever() {
        let campaign = CampaignId::new(84).unwrap();
        let of_batch = |kind, settlement| Posting::of_batch(kind, campaign, 3, settlement, Money::ZERO).id;
        let ids = [
            Posting::top_up("mpesa-QX12", Money::ZERO).id,
            Posting::reserve(campaign, Money::ZERO).id,
            of_batch(PostingKind::Settle, Settlement::AtDispatch),
            of_batch(PostingKind::Release, Settlement::AtDispatch),
            of_batch(PostingKind::Settle, Settlement::ByReports(2)),
            of_batch(PostingKind::Release, Settlement::AtTimeout),
        ];
        let known = [
            "topup:mpesa-QX12",
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
    fn what_is_promised_is_not_spent() {
        let [available, reserved, charged] = [7, 20, 100].map(Money::from_ten_thousandths);
        let wallet = Wallet { available, reserved, charged };
        assert_eq!(wallet.balance(), Money::from_ten_thousandths(27));
    }
}
