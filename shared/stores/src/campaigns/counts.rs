//! What became of every batch's recipients, of a whole campaign in one small item: a page of one status is
//! found by it in one read, where the heads of a million recipients are ten calls and a thousand units.
//!
//! It is a copy of the heads' counts, made by whoever had to read them.
//!
//! - **Of a campaign whose batches are all closed** it is exact, without a lock. Every change of a recipient's
//!   status moves the header's counters in the same transaction, and what they move to they have never been
//!   before (unconfirmed only falls; then delivered only rises; then undelivered rises): counts that sum up to
//!   a header's counters are those of that very moment. One that is out of date is noticed by its sum.
//! - **Of a large campaign that is under way** ([`is_noted_under_way`]) it says how the closed batches were a
//!   moment ago, at most [`KEPT_UNDER_WAY`]: those counters change with every batch.

use std::collections::HashMap;

use aws_sdk_dynamodb::{primitives::Blob, types::AttributeValue};
use domain::{
    batch::BATCH_RECIPIENTS,
    campaign::Counts,
    ids::{BatchNumber, CampaignId, OrganisationId},
    packed::{PackedError, Reader, write_varint},
    timestamp::{Millis, Timestamp},
};

use super::{
    CampaignHeader, CampaignText, Campaigns, HeadState, campaign_partition,
    due::LOOK_EVERY,
    header::{HEADER, TEXT, binary},
    header_key, text_key,
};
use crate::{
    error::StoreError,
    item::{FORM, Item, Key, check_form, from_item, integer, number},
    schema::TTL_ATTRIBUTE,
};

/// The packed form: this byte, then for each batch its six counts as varints. Eight bytes a batch.
const VERSION: u8 = 1;
/// Batches whose heads are read in one call (BatchGetItem's limit): of no more, nothing is noted before the
/// last is closed.
const HEADS_OF_A_CALL: u32 = 100;
/// How long a note of a campaign under way is good: until the clock, which reads the heads at each look, has
/// noted them again.
const KEPT_UNDER_WAY: Millis = Millis(LOOK_EVERY.0 + Millis::from_mins(1).0);

/// Whether a campaign is so large that its pages of one status are those of a moment ago while it is under
/// way.
pub fn is_noted_under_way(header: &CampaignHeader) -> bool {
    header.open_batches > 0 && header.batches() > HEADS_OF_A_CALL
}

impl Campaigns {
    /// A campaign's header and text, and the counts of each of its batches where they are noted and still
    /// good: all in one call.
    pub async fn with_counts(
        &self,
        organisation: OrganisationId,
        campaign: CampaignId,
        now: Timestamp,
    ) -> Result<Option<(CampaignHeader, CampaignText, Option<Vec<Counts>>)>, StoreError> {
        let keys = [
            header_key(organisation, campaign),
            text_key(organisation, campaign),
            counts_key(organisation, campaign),
        ];
        let mut items = self.table.get_many(keys.to_vec(), None).await?;
        let [header, text, counts] = keys.map(|key| {
            let place =
                items.iter().position(|item| key.to_item().iter().all(|(k, v)| item.get(k) == Some(v)));
            place.map(|place| items.swap_remove(place))
        });
        let (Some(header), Some(text)) = (header, text) else { return Ok(None) };
        let header: CampaignHeader = from_item(HEADER, header)?;
        let counts = counts.and_then(|item| read(&header, &item, now));
        Ok(Some((header, from_item(TEXT, text)?, counts)))
    }

    /// Notes the counts of each batch, by their heads, read after the header was; nothing where a status
    /// changed in between, or where heads are read in one call anyway.
    pub async fn note_counts(
        &self,
        header: &CampaignHeader,
        heads: &HashMap<BatchNumber, HeadState>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let of = |batch| heads.get(&batch).and_then(|head| head.counts).unwrap_or_default();
        let counts: Vec<Counts> = (0..header.batches()).map(of).collect();
        if !is_noted_under_way(header) && !are_of(header, &counts) {
            return Ok(());
        }
        let mut item = counts_key(header.organisation, header.campaign).to_item();
        item.insert("counts".to_owned(), AttributeValue::B(Blob::new(encode(&counts))));
        item.insert("noted_at".to_owned(), number(now.millis()));
        item.insert("v".to_owned(), number(FORM));
        item.insert(TTL_ATTRIBUTE.to_owned(), number(header.kept_until().secs()));
        let values = HashMap::from([(":form".to_owned(), number(FORM))]);
        // Refused: newer code notes them in a form of its own.
        self.table.put_when(item, "attribute_not_exists(v) OR v = :form", values).await.map(drop)
    }
}

fn counts_key(organisation: OrganisationId, campaign: CampaignId) -> Key {
    Key::new(campaign_partition(organisation, campaign), "COUNTS")
}

/// What is noted, where it is still good. What newer code noted is left to newer code: the heads say the
/// same.
fn read(header: &CampaignHeader, item: &Item, now: Timestamp) -> Option<Vec<Counts>> {
    check_form("a campaign's counts", item).ok()?;
    let counts = decode(binary(item, "counts")?).ok()?;
    let noted_at = Timestamp::from_millis(integer(item, "noted_at"));
    let is_recent = || now.since(noted_at) <= KEPT_UNDER_WAY && counts.len() == header.batches() as usize;
    let is_good = if is_noted_under_way(header) { is_recent() } else { are_of(header, &counts) };
    is_good.then_some(counts)
}

/// Whether counts are those of a header's moment, at which every batch is closed.
fn are_of(header: &CampaignHeader, counts: &[Counts]) -> bool {
    let sum = counts.iter().fold(Counts::default(), |sum, counts| sum.plus(*counts));
    header.open_batches == 0 && counts.len() == header.batches() as usize && sum == header.report().counts
}

fn encode(counts: &[Counts]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + counts.len() * 8);
    bytes.push(VERSION);
    for Counts { sent, delivered, undelivered, failed, unconfirmed, cancelled } in counts {
        for count in [sent, delivered, undelivered, failed, unconfirmed, cancelled] {
            write_varint(&mut bytes, count.unsigned_abs());
        }
    }
    bytes
}

fn decode(bytes: &[u8]) -> Result<Vec<Counts>, PackedError> {
    let (&version, mut rest) = bytes.split_first().ok_or(PackedError::Truncated)?;
    if version != VERSION {
        return Err(PackedError::UnknownVersion(version));
    }
    let mut all = Vec::with_capacity(rest.len() / 6);
    while !rest.is_empty() {
        let mut reader = Reader::over(rest);
        let mut count = || match reader.varint()? {
            count if count <= BATCH_RECIPIENTS as u64 => Ok(count as i64),
            _ => Err(PackedError::Corrupt),
        };
        all.push(Counts {
            sent: count()?,
            delivered: count()?,
            undelivered: count()?,
            failed: count()?,
            unconfirmed: count()?,
            cancelled: count()?,
        });
        rest = reader.rest();
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_come_back_and_a_batch_takes_eight_bytes() {
        let delivered = Counts { sent: 1_000, delivered: 1_000, ..Counts::default() };
        let every =
            Counts { sent: 300, delivered: 5, undelivered: 128, failed: 127, unconfirmed: 1, cancelled: 2 };
        let counts = vec![delivered, every, Counts::default()];
        assert_eq!(decode(&encode(&counts)), Ok(counts));
        assert_eq!(encode(&[delivered; 1_000]).len(), 8_001);
        assert_eq!(decode(&encode(&[])), Ok(Vec::new()));
    }

    #[test]
    fn what_is_cut_or_newer_is_refused() {
        let bytes = encode(&[Counts { sent: 300, ..Counts::default() }]);
        for cut in 2..bytes.len() {
            assert_eq!(decode(&bytes[..cut]), Err(PackedError::Truncated), "{cut}");
        }
        assert_eq!(decode(&[2, 0]), Err(PackedError::UnknownVersion(2)));
    }

    #[test]
    fn more_than_a_batch_holds_is_damage() {
        let most = Counts { sent: BATCH_RECIPIENTS as i64, ..Counts::default() };
        assert_eq!(decode(&encode(&[most])), Ok(vec![most]));
        let more = Counts { sent: most.sent + 1, ..most };
        assert_eq!(decode(&encode(&[more])), Err(PackedError::Corrupt));
        // What this was found by: counts that no sum of two holds any more.
        let damaged = [&[VERSION][..], &[255; 9], &[1], &[0; 5]].concat();
        assert_eq!(decode(&damaged), Err(PackedError::Corrupt));
    }

    #[test]
    fn damaged_counts_sum_up_or_are_refused() {
        let counts = Counts { sent: 300, delivered: 5, failed: 127, ..Counts::default() };
        let seeds = vec![encode(&[counts; 3]), encode(&[])];
        fuzzing::play(1_000, &fuzzing::inputs(seeds), |fuzzing::Input(bytes)| {
            let Ok(counts) = decode(&bytes) else { return Ok(()) };
            assert_eq!(decode(&encode(&counts)).as_ref(), Ok(&counts));
            let sum = counts.iter().fold(Counts::default(), |sum, counts| sum.plus(*counts));
            assert!(sum.sent <= (counts.len() * BATCH_RECIPIENTS) as i64);
            Ok(())
        });
    }
}
