//! The items of the campaigns table and their keys.
//!
//! ```text
//! pk                   sk             item
//! ORG#<org>            C#<campaign>   header: state, counters; written often, under 1 KB
//!                      T#<campaign>   text, book names and the tariff at acceptance; never changes, kept as long
//!                                     as the recipients
//! ORG#<org>#C<c>       DIR            directory: the first number of each batch, to find a number's batch
//!                      COUNTS#<n>     counts of 50 batches of a large campaign, to find a page of one status
//! ORG#<org>#C<c>#B<b>  PLAN           the recipients, packed; never changes, but that a person may be erased
//!                      HEAD           state, lease, fencing token, delivery reports
//!                      J#<record>     journal record: what a worker was about to do, and the outcomes before
//! ORG#<org>#SENT       <fingerprint>  the last campaign of this text and these books, for the duplicate guard
//! TURN#<account>       TURNS          until when the provider account is booked, and held
//! HEALTH               HEALTH         functions that could not read their secret when they started
//! ```
//! Each batch has a partition of its own: a partition takes 1,000 writes a second, and many workers write to
//! the batches of one campaign at once.

use domain::{
    ids::{AccountName, BatchNumber, CampaignId, OrganisationId},
    keys::{BatchKey, CampaignKey},
};

use crate::{
    item::{Item, Key},
    keys::{organisation_partition, partition_of},
};

/// Prefix of the sort key of a campaign's header.
pub(super) const HEADER_PREFIX: &str = "C#";
/// Prefix of the sort key of a campaign's text.
pub(super) const TEXT_PREFIX: &str = "T#";

/// Sort key of a batch's recipients.
pub(super) const PLAN_SORT_KEY: &str = "PLAN";
pub(super) const DIRECTORY_SORT_KEY: &str = "DIR";
/// Sort key of a batch's head, which comes before the journal records and the plan.
pub(super) const HEAD_SORT_KEY: &str = "HEAD";
/// Prefix of the sort key of a journal record.
pub(super) const JOURNAL_PREFIX: &str = "J#";
/// A sort key after those of all journal records, and before the plan's.
pub(super) const JOURNAL_END: &str = "J$";

pub(super) fn header_key(campaign: CampaignKey) -> Key {
    Key::new(
        organisation_partition(campaign.organisation),
        format!("{HEADER_PREFIX}{:012}", campaign.number()),
    )
}

/// The campaign whose header has this item's key; `None` for any other item.
pub(super) fn campaign_of_header(item: &Item) -> Option<CampaignKey> {
    let key = Key::of(item);
    let organisation = key.pk.strip_prefix("ORG#")?.parse().ok()?;
    let campaign = key.sk.strip_prefix(HEADER_PREFIX)?.parse().ok().and_then(CampaignId::new)?;
    Some(CampaignKey { organisation, campaign })
}

/// The campaign of an item of a campaign or of its batches, and the batch if it is of one; `None` for any other item.
pub(super) fn part_of(key: &Key) -> Option<(CampaignKey, Option<BatchNumber>)> {
    let (organisation, rest) = key.pk.strip_prefix("ORG#")?.split_once("#C")?;
    let (campaign, batch) = match rest.split_once("#B") {
        Some((campaign, batch)) => (campaign, Some(batch.parse().ok()?)),
        None => (rest, None),
    };
    let campaign = campaign.parse().ok().and_then(CampaignId::new)?;
    Some((CampaignKey { organisation: organisation.parse().ok()?, campaign }, batch))
}

/// Prefix of the partition keys of an organisation's batches and directories.
pub(super) fn parts_prefix(organisation: OrganisationId) -> String {
    partition_of(organisation, "C")
}

pub(super) fn text_key(campaign: CampaignKey) -> Key {
    Key::new(organisation_partition(campaign.organisation), format!("{TEXT_PREFIX}{:012}", campaign.number()))
}

/// The campaign whose text has this item's key; `None` for any other item.
pub(super) fn campaign_of_text(item: &Item) -> Option<CampaignId> {
    Key::of(item).sk.strip_prefix(TEXT_PREFIX)?.parse().ok().and_then(CampaignId::new)
}

pub(super) fn directory_key(campaign: CampaignKey) -> Key {
    Key::new(campaign_partition(campaign), DIRECTORY_SORT_KEY)
}

pub(super) fn counts_key(campaign: CampaignKey, item: u32) -> Key {
    Key::new(campaign_partition(campaign), format!("COUNTS#{item:02}"))
}

pub(super) fn plan_key(batch: BatchKey) -> Key {
    Key::new(batch_partition(batch), PLAN_SORT_KEY)
}

pub(super) fn head_key(batch: BatchKey) -> Key {
    Key::new(batch_partition(batch), HEAD_SORT_KEY)
}

pub(super) fn record_key(batch: BatchKey, record: u32) -> Key {
    Key::new(batch_partition(batch), format!("{JOURNAL_PREFIX}{record:06}"))
}

pub(super) fn batch_partition(batch: BatchKey) -> String {
    format!("{}#B{}", campaign_partition(batch.campaign), batch.batch)
}

pub(super) fn turns_key(account: AccountName) -> Key {
    Key::new(format!("TURN#{account}"), "TURNS")
}

pub(super) fn guard_key(organisation: OrganisationId, fingerprint: &str) -> Key {
    Key::new(partition_of(organisation, "SENT"), fingerprint)
}

fn campaign_partition(campaign: CampaignKey) -> String {
    partition_of(campaign.organisation, &format!("C{}", campaign.campaign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn campaign() -> CampaignKey {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        CampaignKey { organisation, campaign: CampaignId::new(84).unwrap() }
    }

    #[test]
    fn only_a_headers_key_names_its_campaign() {
        let of = |key: Key| campaign_of_header(&key.to_item());
        assert_eq!(of(header_key(campaign())), Some(campaign()));
        assert_eq!(of(text_key(campaign())), None);
        assert_eq!(of(directory_key(campaign())), None);
        assert_eq!(of(Key::new(organisation_partition(campaign().organisation), "C#000000000000")), None);
        assert_eq!(of(Key::new("ORG#acme", "C#000000000084")), None);
    }

    #[test]
    fn a_key_names_the_campaign_and_the_batch_that_it_is_of() {
        assert_eq!(part_of(&plan_key(campaign().batch(7))), Some((campaign(), Some(7))));
        assert_eq!(part_of(&directory_key(campaign())), Some((campaign(), None)));
        assert!(plan_key(campaign().batch(7)).pk.starts_with(&parts_prefix(campaign().organisation)));
        for other in [header_key(campaign()), text_key(campaign())] {
            assert_eq!(part_of(&other), None);
        }
    }
}
