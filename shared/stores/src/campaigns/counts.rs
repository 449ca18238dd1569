//! Copies of the counts of every batch of a large campaign. They locate a page of one status in the call that reads
//! the header; reading the heads of a million recipients takes ten calls and a thousand units. A small campaign has
//! no copies, since one call reads all of its heads.
//!
//! `COUNTS#00`, `COUNTS#01`, … hold one entry for each of 50 batches, below 1 KB, so that a write costs one unit.
//!
//! **Invariant: a batch has an entry if it is closed, and the entry equals the counts in its head.** The transaction
//! that closes a batch writes both, and so does every transaction that applies reports to a closed batch. No entry is
//! removed before its batch expires.
//!
//! Header and entries are read one after another. If a batch is closed or reports are applied in between, the sum of
//! the entries may differ from the header's counts.

mod entry;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{campaign::Counts, ids::BatchNumber, keys::CampaignKey};
use serde_bytes::ByteBuf;

use entry::{batch_of, decode, encode, name};

use super::{
    header::{CampaignHeader, CampaignText, take_campaign},
    keys::{counts_key, header_key, text_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, check_form, from_attributes, number},
    schema::TTL_ATTRIBUTE,
    table::{Change, Write},
};

const COUNTS: &str = "a campaign's counts";
/// Batches whose heads are read in one call (BatchGetItem's limit).
const HEADS_OF_A_CALL: BatchNumber = 100;
/// Batches of one item, which stays below 1 KB with the largest counts.
pub(super) const BATCHES_OF_AN_ITEM: BatchNumber = 50;
/// Items that are requested with the header, before it tells how many there are: enough for a million recipients.
/// A missing item costs a read unit too, so that a page of one status always costs twenty more: $2.50 for a million
/// pages, instead of the time of a second call for each.
const ITEMS_WITH_HEADER: u32 = 20;

/// A campaign whose messages are shown.
#[derive(Clone, PartialEq, Debug)]
pub struct CountedCampaign {
    pub header: CampaignHeader,
    /// `None` if its retention is over.
    pub text: Option<CampaignText>,
    /// The counts of each closed batch; `None` if the heads must be read for them.
    pub counts: Option<Vec<Counts>>,
}

impl CountedCampaign {
    /// A campaign without counts, for pages of all statuses.
    pub const fn uncounted(header: CampaignHeader, text: Option<CampaignText>) -> Self {
        Self { header, text, counts: None }
    }
}

impl CampaignHeader {
    /// Whether it is large: copies of its batches' counts are stored.
    pub fn is_large(&self) -> bool {
        self.batches() > HEADS_OF_A_CALL
    }
}

impl Campaigns {
    /// Reads a campaign with the counts of its batches, in one call for up to a million recipients.
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

    /// The writes that set entries in the transaction that changes the counts of their heads.
    pub(super) fn counts_writes(
        &self,
        header: &CampaignHeader,
        counts: impl IntoIterator<Item = (BatchNumber, Counts)>,
    ) -> Result<Vec<Write>, StoreError> {
        if !header.is_large() {
            return Ok(Vec::new());
        }
        let write = |(item, counts): (u32, Vec<_>)| {
            let key = counts_key(header.key, item);
            self.table.write_change(&key, setting(header, &counts))
        };
        by_item(counts).into_iter().map(write).collect()
    }
}

fn setting(header: &CampaignHeader, counts: &[(BatchNumber, Counts)]) -> Change {
    let sets: Vec<String> = counts.iter().map(|(batch, _)| format!("{0} = :{0}", name(*batch))).collect();
    let change = Change::new(format!("SET {}, v = :form, {TTL_ATTRIBUTE} = :kept", sets.join(", ")))
        .value(":kept", number(header.kept_until.secs()));
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

/// The counts of every batch; `None` for one that is not closed. The result is `None` if the heads must be read
/// instead: an item has a newer form or is damaged, or a finished campaign lacks an entry.
fn read(header: &CampaignHeader, items: Vec<Item>) -> Option<Vec<Counts>> {
    let mut entries = HashMap::new();
    for item in items {
        match entries_of(item) {
            Ok(of_item) => entries.extend(of_item),
            Err(error) => {
                tracing::warn!(%error, campaign.id = header.key.number(), "an item of counts cannot be \
                     read and is skipped");
                return None;
            }
        }
    }
    let of = |batch| match entries.get(&batch).copied() {
        None if header.finished_at.is_none() => Some(Counts::default()),
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
        audience::MAX_RECIPIENTS,
        batch::batches_of,
        ids::{CampaignId, OrganisationId},
    };

    use super::{entry::MOST, *};

    #[test]
    fn the_fullest_item_of_the_largest_campaign_is_one_unit() {
        let organisation = OrganisationId(uuid::Uuid::max());
        let campaign = CampaignId::new(999_999_999_999).unwrap();
        let last = batches_of(MAX_RECIPIENTS as u64) - 1;
        let key = counts_key(CampaignKey { organisation, campaign }, last / BATCHES_OF_AN_ITEM);
        // The sizes of names and values; a number takes one byte for two digits, and one more.
        let beside = "pk".len() + key.pk.len() + "sk".len() + key.sk.len();
        let beside = beside + "v".len() + 2 + TTL_ATTRIBUTE.len() + 6;
        let entries = BATCHES_OF_AN_ITEM as usize * (name(last).len() + encode(&MOST).len());
        assert!((900..=1_024).contains(&(beside + entries)), "{}", beside + entries);
    }
}
