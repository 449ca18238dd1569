//! Wallets and their ledgers. Every change of a wallet is one transaction with its ledger lines, and a
//! line's id can be written once.

use domain::{
    ids::{CampaignId, OrganisationId},
    money::Money,
    timestamp::Timestamp,
    wallet::{Posting, PostingKind, Wallet, WalletChange},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    error::StoreError,
    item::{Item, Key, from_item, number, to_item},
    keys::organisation_partition,
    page::{Page, PageRequest},
    schema::NEWEST,
    table::{Change, Range, RefusedWrite, Table, Write},
};

const LINE: &str = "a ledger line";
const WALLET: &str = "a wallet";

/// A wallet's item. Every change adds to all four, so that none is ever absent.
#[derive(Deserialize)]
struct WalletRecord {
    available: Money,
    reserved: Money,
    charged: Money,
    /// Lines of its ledger.
    line_count: u64,
}

/// A line of the ledger.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The posting's id.
    pub id: String,
    /// What moved where.
    pub kind: PostingKind,
    /// How much.
    pub amount: Money,
    /// The campaign, where it belongs to one.
    pub campaign: Option<CampaignId>,
    /// When it was posted.
    pub posted_at: Timestamp,
    /// The index's range key: time first, then the id, so that no two lines share a place.
    at: String,
}

/// What became of a top-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TopUp {
    /// The money is there.
    Applied,
    /// The reference was used before, for the same amount: nothing changed.
    AppliedBefore,
    /// The reference was used before, for another amount.
    ReferenceUsed,
}

/// Why a top-up came to nothing.
#[derive(Debug, Error)]
pub enum TopUpError {
    /// The amount is zero or less. Taking money out is no top-up: it would need a condition that the
    /// wallet holds so much, and a name of its own in the ledger.
    #[error("a top-up must be of more than nothing")]
    NotPositive,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads wallets and ledgers, and tops up.
#[derive(Clone, Debug)]
pub struct Wallets {
    table: Table,
}

impl Wallets {
    /// Over the accounts table.
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// An organisation's wallet; empty where there never was money.
    pub async fn get(&self, organisation: OrganisationId) -> Result<Wallet, StoreError> {
        Ok(self.record(organisation).await?.map_or_else(Wallet::default, |record| {
            let WalletRecord { available, reserved, charged, line_count: _ } = record;
            Wallet { available, reserved, charged }
        }))
    }

    async fn record(&self, organisation: OrganisationId) -> Result<Option<WalletRecord>, StoreError> {
        self.table.get(&wallet_key(organisation)).await?.map(|item| from_item(WALLET, item)).transpose()
    }

    /// Puts money in, once for each reference.
    ///
    /// # Errors
    /// Where the amount is not above zero, or the table does not answer.
    pub async fn top_up(
        &self,
        organisation: OrganisationId,
        reference: &str,
        amount: Money,
        now: Timestamp,
    ) -> Result<TopUp, TopUpError> {
        if !amount.is_positive() {
            return Err(TopUpError::NotPositive);
        }
        let posting = Posting::top_up(reference, amount);
        let writes = posting_writes(&self.table, organisation, std::slice::from_ref(&posting), now)?;
        match self.table.transact(writes).await? {
            Ok(()) => Ok(TopUp::Applied),
            Err(RefusedWrite { item, .. }) => Ok(earlier_top_up(item, amount)?),
        }
    }

    /// The ledger, newest first. The first pages cost least: what is skipped is read past.
    pub async fn ledger(
        &self,
        organisation: OrganisationId,
        page: PageRequest,
    ) -> Result<Page<LedgerLine>, StoreError> {
        let total = self.record(organisation).await?.map_or(0, |wallet| wallet.line_count);
        let wanted = page.skipped().saturating_add(page.page_size);
        if page.skipped() >= total {
            return Ok(Page { total, results: Vec::new() });
        }
        let range = Range::of(ledger_partition(organisation)).index(NEWEST).descending().limit(wanted);
        let lines = self.table.query(range).await?.into_iter().skip(page.skipped() as usize);
        let results = lines.map(|item| from_item(LINE, item)).collect::<Result<_, _>>()?;
        Ok(Page { total, results })
    }
}

/// What a refused top-up came to, by the line that already has its reference. Without such a line nothing is known of
/// the reference: the top-up may be tried again, and applies once whatever became of this try.
fn earlier_top_up(line: Option<Item>, amount: Money) -> Result<TopUp, StoreError> {
    let line = line.ok_or(StoreError::Contended { operation: "a top-up" })?;
    let line: LedgerLine = from_item(LINE, line)?;
    Ok(if line.amount == amount { TopUp::AppliedBefore } else { TopUp::ReferenceUsed })
}

/// The writes of some postings on one wallet: first the wallet's own change, then one new line each.
/// The wallet's condition is that no part falls below zero.
pub(crate) fn posting_writes(
    table: &Table,
    organisation: OrganisationId,
    postings: &[Posting],
    now: Timestamp,
) -> Result<Vec<Write>, StoreError> {
    let mut writes = vec![table.write_change(&wallet_key(organisation), wallet_change(postings)?)?];
    for posting in postings {
        writes.push(table.write_new(line_item(organisation, posting, now)?)?);
    }
    Ok(writes)
}

fn wallet_change(postings: &[Posting]) -> Result<Change, StoreError> {
    let change = WalletChange::of(postings).map_err(StoreError::unreadable("a posting"))?;
    let least = change.least();
    let parts = [
        ("available", change.available, least.available),
        ("reserved", change.reserved, least.reserved),
        ("charged", change.charged, least.charged),
    ];
    let mut write = Change::new(
        "ADD available :available, reserved :reserved, charged :charged, line_count :lines SET v = :form",
    )
    .value(":lines", number(postings.len() as i64));
    let mut conditions = Vec::new();
    for (part, amount, least) in parts {
        write = write.value(&format!(":{part}"), number(amount.ten_thousandths()));
        if least.is_positive() {
            conditions.push(format!("{part} >= :least_{part}"));
            write = write.value(&format!(":least_{part}"), number(least.ten_thousandths()));
        }
    }
    Ok(if conditions.is_empty() { write } else { write.when(conditions.join(" AND ")) })
}

fn line_item(organisation: OrganisationId, posting: &Posting, now: Timestamp) -> Result<Item, StoreError> {
    let line = LedgerLine {
        id: posting.id.clone(),
        kind: posting.kind,
        amount: posting.amount,
        campaign: posting.campaign,
        posted_at: now,
        at: format!("{:015}#{}", now.millis(), posting.id),
    };
    to_item(&Key::new(ledger_partition(organisation), &posting.id), LINE, &line)
}

fn wallet_key(organisation: OrganisationId) -> Key {
    Key::new(organisation_partition(organisation), "WALLET")
}

fn ledger_partition(organisation: OrganisationId) -> String {
    format!("ORG#{organisation}#LEDGER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_top_up_was_made_before_only_if_a_line_has_its_reference() {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let (ten, twenty) = (Money::from_ten_thousandths(100_000), Money::from_ten_thousandths(200_000));
        let posting = Posting::top_up("mpesa-1", ten);
        let line = line_item(organisation, &posting, Timestamp::from_secs(1)).unwrap();
        assert_eq!(earlier_top_up(Some(line.clone()), ten).unwrap(), TopUp::AppliedBefore);
        assert_eq!(earlier_top_up(Some(line), twenty).unwrap(), TopUp::ReferenceUsed);
        assert!(matches!(earlier_top_up(None, ten), Err(StoreError::Contended { .. })));
    }
}
