//! The recipients of some numbers: readings of one that was searched for.

use std::collections::BTreeSet;

use domain::{
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    msisdn::Msisdn,
};
use stores::{
    ListPage, ListRequest, StoreError,
    campaigns::{CampaignHeader, Campaigns},
};

use super::{
    batch::{self, Batch},
    found::{Found, Part},
    place::position,
};

/// Finds the recipients of these numbers, which only these batches can have. There are so few that all of them are read
/// for any page.
pub async fn search(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    batches: BTreeSet<BatchNumber>,
    numbers: &[Msisdn],
    status: Option<DeliveryStatus>,
    request: ListRequest,
) -> Result<Found, StoreError> {
    let mut found = Found::FORGOTTEN;
    let mut parts = Vec::new();
    for number in batches {
        match batch::read(campaigns, header, number, 1).await? {
            Batch::Read(record) => {
                let mut slots: Vec<Slot> =
                    numbers.iter().filter_map(|number| record.plan.slot_of(*number)).collect();
                slots.retain(|slot| status.is_none_or(|status| record.status(*slot) == Some(status)));
                slots.sort_unstable();
                parts
                    .extend(slots.into_iter().map(|slot| Part { record: record.clone(), slots: vec![slot] }));
            }
            Batch::Unreadable(recipients) => found.unreadable += recipients,
            Batch::Forgotten => {}
        }
    }
    let place = |part: &Part| part.last().unwrap_or(position(part.record.plan.number(), 0));
    let ListPage { total, results, next } = ListPage::of(parts, &request, place);
    Ok(Found { total, parts: results, next, ..found })
}
