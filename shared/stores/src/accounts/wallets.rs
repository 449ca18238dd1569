//! Wallets and their ledgers. Every change of a wallet is one transaction with its ledger lines, and a
//! line's id can be written once.

use domain::{
    ids::{CampaignId, OrganisationId},
    money::Money,
    timestamp::Timestamp,
    wallet::{MOST_IN_A_PART, Posting, PostingKind, Wallet, WalletChange},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    error::StoreError,
    item::{Item, Key, check_refused, from_item, number, to_item},
    keys::partition_of,
    page::{ListPage, ListRequest, PageStart, TextPosition},
    schema::NEWEST,
    table::{Change, Range, RefusedWrite, Table, Write},
};

const LINE: &str = "a ledger line";
const WALLET: &str = "a wallet";
/// Sorts before the place of every line, which begins with digits.
const FIRST_PLACE: &str = "0";
/// Sorts after the place of every line.
const AFTER_LAST_PLACE: &str = ":";

/// A wallet's item. Every change adds to all four attributes, so none is ever absent.
#[derive(Deserialize)]
struct WalletRecord {
    available: Money,
    reserved: Money,
    charged: Money,
    /// Lines of its ledger.
    line_count: u64,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedgerLine {
    /// The posting's id.
    pub id: String,
    pub kind: PostingKind,
    pub amount: Money,
    /// The campaign, if the line belongs to one.
    pub campaign: Option<CampaignId>,
    /// The reason of a correction.
    pub reason: Option<String>,
    pub posted_at: Timestamp,
    /// The index's hash key: one for all lines of an organisation, which lie in two partitions.
    ledger: String,
    /// The index's range key: time first, then the id, so that no two lines share a place.
    at: String,
}

/// Selects lines of a ledger.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LedgerFilter {
    pub kind: Option<PostingKind>,
    pub campaign: Option<CampaignId>,
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The first instant after the period.
    pub until: Option<Timestamp>,
}

/// The result of a top-up or a correction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Posted {
    /// The posting is in the wallet and in the ledger.
    Applied,
    /// The reference was used before with the same amount: nothing changed.
    AppliedBefore,
    /// The reference was used before with another amount.
    ReferenceUsed,
    /// The wallet would exceed its maximum or fall below zero.
    OutOfBounds,
}

/// Why a top-up or a correction failed.
#[derive(Debug, Error)]
pub enum PostingError {
    /// The amount is zero or less.
    #[error("the amount must be above zero")]
    NotPositive,
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads wallets and ledgers, tops up, and corrects top-ups.
#[derive(Clone, Debug)]
pub struct Wallets {
    table: Table,
}

impl Wallets {
    pub const fn new(table: Table) -> Self {
        Self { table }
    }

    /// An organisation's wallet; empty if it never had money.
    pub async fn get(&self, organisation: OrganisationId) -> Result<Wallet, StoreError> {
        Ok(self.record(organisation).await?.map_or_else(Wallet::default, |record| {
            let WalletRecord { available, reserved, charged, line_count: _ } = record;
            Wallet { available, reserved, charged }
        }))
    }

    async fn record(&self, organisation: OrganisationId) -> Result<Option<WalletRecord>, StoreError> {
        self.table.get(&wallet_key(organisation)).await?.map(|item| from_item(WALLET, item)).transpose()
    }

    /// Adds money, once for each reference.
    ///
    /// # Errors
    /// If the amount is not above zero, or the table does not answer.
    pub async fn top_up(
        &self,
        organisation: OrganisationId,
        reference: &str,
        amount: Money,
        now: Timestamp,
    ) -> Result<Posted, PostingError> {
        self.post_once(organisation, &Posting::top_up(reference, amount), now).await
    }

    /// Takes out money that was added by mistake, once for each reference. Reserved and charged money stays.
    ///
    /// # Errors
    /// As [`Self::top_up`].
    pub async fn correct(
        &self,
        organisation: OrganisationId,
        reference: &str,
        amount: Money,
        reason: &str,
        now: Timestamp,
    ) -> Result<Posted, PostingError> {
        self.post_once(organisation, &Posting::correction(reference, amount, reason), now).await
    }

    async fn post_once(
        &self,
        organisation: OrganisationId,
        posting: &Posting,
        now: Timestamp,
    ) -> Result<Posted, PostingError> {
        if !posting.amount.is_positive() {
            return Err(PostingError::NotPositive);
        }
        if posting.amount > MOST_IN_A_PART {
            return Ok(Posted::OutOfBounds);
        }
        let writes = posting_writes(&self.table, organisation, std::slice::from_ref(posting), now)?;
        let Err(RefusedWrite { item, .. }) = self.table.transact(writes).await? else {
            return Ok(Posted::Applied);
        };
        // If both conditions fail, DynamoDB names the wallet; only the line shows whether this was posted before.
        let key = line_key(organisation, posting);
        Ok(earlier(self.table.get(&key).await?, item, posting.amount)?)
    }

    /// The ledger, newest first. A page after a position costs the same as the first; a page by number reads the lines
    /// before it too.
    pub async fn ledger(
        &self,
        organisation: OrganisationId,
        request: ListRequest<TextPosition>,
    ) -> Result<ListPage<LedgerLine, TextPosition>, StoreError> {
        let total = self.record(organisation).await?.map_or(0, |wallet| wallet.line_count);
        let range = Range::of(ledger_of(organisation)).index(NEWEST).descending();
        // One more than the page has, to see whether another page follows.
        let wanted = request.page_size.saturating_add(1);
        let (range, skipped) = match &request.start {
            PageStart::Beginning => (range.limit(wanted), 0),
            PageStart::Skipping(skipped) if *skipped >= total => {
                return Ok(ListPage { total, results: Vec::new(), next: None });
            }
            PageStart::Skipping(skipped) => (range.limit(skipped.saturating_add(wanted)), *skipped),
            // The range includes the line at the position, which is then left out.
            PageStart::After(TextPosition(at)) => (range.between(FIRST_PLACE, at).limit(wanted + 1), 1),
        };
        let lines = self.table.query(range).await?.into_iter().skip(skipped as usize);
        let mut results: Vec<LedgerLine> =
            lines.map(|item| from_item(LINE, item)).collect::<Result<_, _>>()?;
        let has_next = results.len() as u64 > request.page_size;
        results.truncate(request.page_size as usize);
        let next = results.last().filter(|_| has_next).map(|line| TextPosition(line.at.clone()));
        Ok(ListPage { total, results, next })
    }
}

/// Lines that a filtered read of a ledger reads at most; some 15 MB.
const MOST_LINES: u64 = 50_000;

impl LedgerFilter {
    fn takes(&self, line: &LedgerLine) -> bool {
        self.kind.is_none_or(|kind| kind == line.kind)
            && self.campaign.is_none_or(|campaign| Some(campaign) == line.campaign)
            && self.from.is_none_or(|from| from <= line.posted_at)
            && self.until.is_none_or(|until| line.posted_at < until)
    }

    /// The ranges to read: the lines of one campaign by their ids, payments in their own partition, or else all lines
    /// of the period.
    fn ranges(&self, organisation: OrganisationId) -> Vec<Range> {
        let ledger = ledger_of(organisation);
        if let Some(campaign) = self.campaign {
            let reserve = format!("reserve:{campaign}");
            let of_batches = ["settle", "release"]
                .map(|kind| Range::of(&ledger).beginning_with(&format!("{kind}:{campaign}:")));
            return [Range::of(&ledger).between(&reserve, &reserve)].into_iter().chain(of_batches).collect();
        }
        if matches!(self.kind, Some(PostingKind::TopUp | PostingKind::Correction)) {
            return vec![Range::of(payments_of(organisation))];
        }
        let at = |at: Timestamp| format!("{:015}", at.millis().max(0));
        let from = self.from.map_or_else(|| FIRST_PLACE.to_owned(), at);
        let until = self.until.map_or_else(|| AFTER_LAST_PLACE.to_owned(), at);
        vec![Range::of(ledger).index(NEWEST).between(&from, &until).limit(MOST_LINES + 1)]
    }
}

impl Wallets {
    /// Some lines of the ledger, newest first; `None` if more than [`MOST_LINES`] must be read for them.
    pub async fn filtered(
        &self,
        organisation: OrganisationId,
        filter: &LedgerFilter,
        request: &ListRequest<TextPosition>,
    ) -> Result<Option<ListPage<LedgerLine, TextPosition>>, StoreError> {
        let mut lines: Vec<LedgerLine> = Vec::new();
        for range in filter.ranges(organisation) {
            let items = self.table.query(range).await?;
            if items.len() as u64 > MOST_LINES {
                return Ok(None);
            }
            for item in items {
                lines.extend(Some(from_item(LINE, item)?).filter(|line| filter.takes(line)));
            }
        }
        lines.sort_by(|one, other| other.at.cmp(&one.at));
        Ok(Some(page_of(lines, request)))
    }

    /// Every top-up and correction.
    pub async fn payments(&self, organisation: OrganisationId) -> Result<Vec<LedgerLine>, StoreError> {
        let items = self.table.query(Range::of(payments_of(organisation))).await?;
        items.into_iter().map(|item| from_item(LINE, item)).collect()
    }
}

/// A page of lines that are sorted, the newest first.
fn page_of(
    lines: Vec<LedgerLine>,
    request: &ListRequest<TextPosition>,
) -> ListPage<LedgerLine, TextPosition> {
    let skipped = match &request.start {
        PageStart::Beginning => 0,
        PageStart::Skipping(skipped) => usize::try_from(*skipped).unwrap_or(usize::MAX),
        PageStart::After(TextPosition(at)) => lines.partition_point(|line| line.at >= *at),
    };
    let (total, size) = (lines.len() as u64, request.page_size as usize);
    let has_next = skipped.saturating_add(size) < lines.len();
    let results: Vec<LedgerLine> = lines.into_iter().skip(skipped).take(size).collect();
    let next = results.last().filter(|_| has_next).map(|line| TextPosition(line.at.clone()));
    ListPage { total, results, next }
}

/// The result of a refused posting, by the line of its reference. Without a line, `refused` is the wallet's item, if it
/// exists.
fn earlier(line: Option<Item>, refused: Option<Item>, amount: Money) -> Result<Posted, StoreError> {
    let Some(line) = line else {
        check_refused(WALLET, refused.as_ref())?;
        return Ok(Posted::OutOfBounds);
    };
    let line: LedgerLine = from_item(LINE, line)?;
    Ok(if line.amount == amount { Posted::AppliedBefore } else { Posted::ReferenceUsed })
}

/// The writes of some postings on one wallet: first the wallet's change, then one new line for each posting. The
/// wallet's condition is that no part falls below zero or exceeds its maximum.
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
    let (least, most) = (change.least(), change.most());
    let parts = [
        ("available", change.available, least.available, most.available),
        ("reserved", change.reserved, least.reserved, most.reserved),
        ("charged", change.charged, least.charged, most.charged),
    ];
    let mut write = Change::new(
        "ADD available :available, reserved :reserved, charged :charged, line_count :lines SET v = :form",
    )
    .value(":lines", number(postings.len() as i64));
    let mut conditions = Vec::new();
    for (part, amount, least, most) in parts {
        write = write.value(&format!(":{part}"), number(amount.ten_thousandths()));
        if least.is_positive() {
            conditions.push(format!("{part} >= :least_{part}"));
            write = write.value(&format!(":least_{part}"), number(least.ten_thousandths()));
        } else if amount.is_positive() {
            // The condition also holds for a wallet that does not exist yet.
            conditions.push(format!("NOT {part} > :most_{part}"));
            write = write.value(&format!(":most_{part}"), number(most.ten_thousandths()));
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
        reason: posting.reason.clone(),
        posted_at: now,
        ledger: ledger_of(organisation),
        at: format!("{:015}#{}", now.millis(), posting.id),
    };
    to_item(&line_key(organisation, posting), LINE, &line)
}

fn wallet_key(organisation: OrganisationId) -> Key {
    Key::new(partition_of(organisation, "WALLET"), "WALLET")
}

/// Top-ups and their corrections have a partition that only the operator may write.
fn line_key(organisation: OrganisationId, posting: &Posting) -> Key {
    let partition = match posting.kind {
        PostingKind::TopUp | PostingKind::Correction => payments_of(organisation),
        PostingKind::Reserve | PostingKind::Settle | PostingKind::Release => ledger_of(organisation),
    };
    Key::new(partition, &posting.id)
}

fn payments_of(organisation: OrganisationId) -> String {
    partition_of(organisation, "TOPUPS")
}

fn ledger_of(organisation: OrganisationId) -> String {
    partition_of(organisation, "LEDGER")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_posting_was_made_before_only_if_a_line_has_its_reference() {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let (ten, twenty) = (Money::from_ten_thousandths(100_000), Money::from_ten_thousandths(200_000));
        let posting = Posting::top_up("mpesa-1", ten);
        let line = line_item(organisation, &posting, Timestamp::from_secs(1)).unwrap();
        assert_eq!(earlier(Some(line.clone()), None, ten).unwrap(), Posted::AppliedBefore);
        assert_eq!(earlier(Some(line), None, twenty).unwrap(), Posted::ReferenceUsed);
        assert_eq!(earlier(None, None, ten).unwrap(), Posted::OutOfBounds);
        let newer = Item::from([("v".to_owned(), number(2))]);
        assert!(matches!(earlier(None, Some(newer), ten), Err(StoreError::NewerForm { .. })));
    }
}
