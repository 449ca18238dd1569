//! What became of every batch's recipients, kept beside a large campaign: a page of one status is found by it
//! in the call that reads the header, where the heads of a million recipients are ten calls and a thousand
//! units. Of other campaigns nothing is kept: their heads are one call.
//!
//! `COUNTS#00`, `COUNTS#01`, … hold an entry for each batch of a run, below 1 KB, so that a write is one unit.
//!
//! **An entry that is there equals the counts of its batch's head, at any moment.** Those of a closed batch are
//! changed by delivery reports alone, and the transaction that changes them sets the entry too. Closing a batch
//! sets none: who finds one missing notes it ([`Campaigns::note_counts`]), which reads the head and then, in a
//! write of its own, sets the entry if it is not there yet. Whatever comes in between:
//!
//! - *Reports before the read*: the head is read consistently, as they left it, and the entry is there.
//! - *Reports between the read and the write*: they have set the entry, to something newer than what was read,
//!   and the write leaves it.
//! - *Reports after the write*: the head still was as it was read; they set both anew.
//! - *Somebody else's note*: both have read the same, or reports came between their reads and set the entry
//!   before the second could.
//! - *The close*: a head that is not closed has no counts, and nobody notes it.
//!
//! Nothing takes an entry away before its batch's time. The clock notes what is missing at each look, and
//! [`Campaigns::finish`] before it ends a campaign: one that is finished has every entry. While it is under way,
//! a batch without one counts as not handed over, until the clock's next look.
//!
//! Header and entries are read one after another. If reports are applied in between, the sum of the entries is
//! another than the header's: each entry is its batch's of a moment ago.

mod entry;

use std::collections::{BTreeMap, HashMap, HashSet};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{campaign::Counts, ids::BatchNumber, keys::CampaignKey};
use futures_util::{StreamExt, TryStreamExt, stream};

use serde_bytes::ByteBuf;

use entry::{batch_of, decode, encode, name};

use super::{
    head::Heads,
    header::{CampaignHeader, CampaignText, take_campaign},
    keys::{counts_key, header_key, text_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, check_form, from_attributes, number},
    schema::TTL_ATTRIBUTE,
    table::{BATCH_CALLS, Change, Write},
};

const COUNTS: &str = "a campaign's counts";
/// Batches whose heads are read in one call (BatchGetItem's limit).
const HEADS_OF_A_CALL: BatchNumber = 100;
/// Batches of one item: as many as keep it below 1 KB, whatever their counts.
pub(super) const BATCHES_OF_AN_ITEM: BatchNumber = 50;
/// Items that are asked for along with the header, before it says how many there are: those of a million
/// recipients. One that is not there is a read unit too, so that a page of one status of any campaign is twenty
/// more: $2.50 for a million pages, where a second call would cost each its time.
const ITEMS_WITH_HEADER: u32 = 20;

/// A campaign whose messages are to be shown.
#[derive(Clone, PartialEq, Debug)]
pub struct CountedCampaign {
    /// Its header.
    pub header: CampaignHeader,
    /// Its text.
    pub text: CampaignText,
    /// The counts of each of its batches; nothing where only their heads can say them.
    pub counts: Option<Vec<Counts>>,
}

impl CountedCampaign {
    /// One whose counts nobody asks for.
    pub const fn uncounted(header: CampaignHeader, text: CampaignText) -> Self {
        Self { header, text, counts: None }
    }
}

impl CampaignHeader {
    /// Whether its batches are so many that their counts are kept.
    pub fn is_large(&self) -> bool {
        self.batches() > HEADS_OF_A_CALL
    }

    /// Whether batches that are closed may lack their entry: its pages of one status are those of a moment ago.
    pub fn counts_may_lag(&self) -> bool {
        self.is_large() && self.finished_at.is_none()
    }
}

impl Campaigns {
    /// A campaign with the counts of its batches: one call for a million recipients. Where the heads must be
    /// read, that is left to the caller.
    pub async fn with_counts(&self, key: CampaignKey) -> Result<Option<CountedCampaign>, StoreError> {
        let counts = (0..ITEMS_WITH_HEADER).map(|item| counts_key(key, item));
        let keys = [header_key(key), text_key(key)];
        let mut items = self.table.get_many(keys.into_iter().chain(counts).collect(), None).await?;
        let found = take_campaign(key, &mut items)?;
        let Some((header, text)) = found else { return Ok(None) };
        if !header.is_large() {
            return Ok(Some(CountedCampaign::uncounted(header, text)));
        }
        let more = (ITEMS_WITH_HEADER..items_of(&header)).map(|item| counts_key(key, item));
        items.extend(self.table.get_many(more.collect(), None).await?);
        let counts = read(&header, items);
        Ok(Some(CountedCampaign { header, text, counts }))
    }

    /// Sets the entries of closed batches that are not there yet, by their heads.
    pub async fn note_counts(&self, header: &CampaignHeader, heads: &Heads) -> Result<(), StoreError> {
        if !header.is_large() {
            return Ok(());
        }
        let noted = self.noted(header).await?;
        self.note(header, heads, &noted).await
    }

    /// The same where nobody has read the heads: those of batches without an entry are, where one of them must be
    /// closed.
    pub async fn note_missing_counts(&self, header: &CampaignHeader) -> Result<(), StoreError> {
        if !header.is_large() {
            return Ok(());
        }
        let noted = self.noted(header).await?;
        let missing: Vec<BatchNumber> =
            (0..header.batches()).filter(|batch| !noted.contains(batch)).collect();
        if missing.len() as i64 <= header.open_batches {
            return Ok(());
        }
        let heads = self.heads(header.key(), missing).await?;
        self.note(header, &heads, &noted).await
    }

    /// The batches that have an entry.
    async fn noted(&self, header: &CampaignHeader) -> Result<HashSet<BatchNumber>, StoreError> {
        let keys = (0..items_of(header)).map(|item| counts_key(header.key(), item));
        let items = self.table.get_many(keys.collect(), None).await?;
        Ok(items.iter().flat_map(|item| item.keys()).filter_map(|name| batch_of(name)).collect())
    }

    async fn note(
        &self,
        header: &CampaignHeader,
        heads: &Heads,
        noted: &HashSet<BatchNumber>,
    ) -> Result<(), StoreError> {
        let closed = heads.read.iter().filter_map(|(batch, head)| Some((*batch, head.counts?)));
        let missing = by_item(closed.filter(|(batch, _)| !noted.contains(batch)));
        let notes: Vec<_> = missing
            .into_iter()
            .map(async |(item, counts)| {
                let key = counts_key(header.key(), item);
                // Refused: newer code keeps them in a form of its own.
                self.table.update(&key, setting(header, &counts, Entry::Missing)).await.map(drop)
            })
            .collect();
        stream::iter(notes).buffer_unordered(BATCH_CALLS).try_collect().await
    }

    /// What sets the entries of batches in the transaction that changes their heads' counts.
    pub(super) fn counts_writes(
        &self,
        header: &CampaignHeader,
        counts: impl IntoIterator<Item = (BatchNumber, Counts)>,
    ) -> Result<Vec<Write>, StoreError> {
        if !header.is_large() {
            return Ok(Vec::new());
        }
        let write = |(item, counts): (u32, Vec<_>)| {
            let key = counts_key(header.key(), item);
            self.table.write_change(&key, setting(header, &counts, Entry::Any))
        };
        by_item(counts).into_iter().map(write).collect()
    }
}

/// Which entries a write sets.
#[derive(Clone, Copy)]
enum Entry {
    /// Those that are not there.
    Missing,
    /// Whatever is there.
    Any,
}

fn setting(header: &CampaignHeader, counts: &[(BatchNumber, Counts)], which: Entry) -> Change {
    let sets: Vec<String> = counts
        .iter()
        .map(|(batch, _)| match (name(*batch), which) {
            (entry, Entry::Missing) => format!("{entry} = if_not_exists({entry}, :{entry})"),
            (entry, Entry::Any) => format!("{entry} = :{entry}"),
        })
        .collect();
    let change = Change::new(format!("SET {}, v = :form, {TTL_ATTRIBUTE} = :kept", sets.join(", ")))
        .value(":kept", number(header.kept_until().secs()));
    counts.iter().fold(change, |change, (batch, counts)| {
        change.value(&format!(":{}", name(*batch)), AttributeValue::B(Blob::new(encode(counts))))
    })
}

fn items_of(header: &CampaignHeader) -> u32 {
    header.batches().div_ceil(BATCHES_OF_AN_ITEM)
}

fn by_item(
    counts: impl IntoIterator<Item = (BatchNumber, Counts)>,
) -> BTreeMap<u32, Vec<(BatchNumber, Counts)>> {
    let mut items: BTreeMap<u32, Vec<(BatchNumber, Counts)>> = BTreeMap::new();
    for (batch, counts) in counts {
        items.entry(batch / BATCHES_OF_AN_ITEM).or_default().push((batch, counts));
    }
    items
}

/// The counts of every batch. `None` if the heads must be read instead: an item is of a newer form or damaged, or
/// a finished campaign lacks an entry.
fn read(header: &CampaignHeader, items: Vec<Item>) -> Option<Vec<Counts>> {
    let mut entries = HashMap::new();
    for item in items {
        match entries_of(item) {
            Ok(of_item) => entries.extend(of_item),
            Err(error) => {
                tracing::warn!(%error, campaign.id = header.campaign.get(), "kept counts are passed over");
                return None;
            }
        }
    }
    let of = |batch| match entries.get(&batch).copied() {
        None if header.counts_may_lag() => Some(Counts::default()),
        counts => counts,
    };
    (0..header.batches()).map(of).collect()
}

fn entries_of(mut item: Item) -> Result<Vec<(BatchNumber, Counts)>, StoreError> {
    check_form(COUNTS, &item)?;
    item.retain(|name, _| batch_of(name).is_some());
    let entries: HashMap<String, ByteBuf> = from_attributes(COUNTS, item)?;
    let batches = entries.iter().filter_map(|(name, bytes)| Some((batch_of(name)?, bytes)));
    batches.map(|(batch, bytes)| Ok((batch, decode(bytes).map_err(StoreError::packed(COUNTS))?))).collect()
}

#[cfg(test)]
mod tests {
    use domain::{
        batch::{MAX_RECIPIENTS, batches_of},
        ids::{CampaignId, OrganisationId},
    };

    use super::{entry::MOST, *};

    #[test]
    fn the_fullest_item_of_the_largest_campaign_is_one_unit() {
        let organisation = OrganisationId(uuid::Uuid::max());
        let campaign = CampaignId::new(999_999_999_999).unwrap();
        let last = batches_of(MAX_RECIPIENTS as u64) - 1;
        let key = counts_key(CampaignKey { organisation, campaign }, last / BATCHES_OF_AN_ITEM);
        // Names and values; a number takes a byte for two digits, and one.
        let beside = "pk".len() + key.pk.len() + "sk".len() + key.sk.len();
        let beside = beside + "v".len() + 2 + TTL_ATTRIBUTE.len() + 6;
        let entries = BATCHES_OF_AN_ITEM as usize * (name(last).len() + encode(&MOST).len());
        assert!((900..=1_024).contains(&(beside + entries)), "{}", beside + entries);
    }
}
