//! A provider account's time, shared by every worker: one item that each moves on by its slice.

use domain::{
    pacing::{Pace, Slice},
    timestamp::Timestamp,
};

use super::Campaigns;
use crate::{
    error::StoreError,
    item::{FORM, Key, integer, number},
    table::{Change, Conditional},
};

/// Tries of a lease that meets other workers'.
const ATTEMPTS: u32 = 20;

impl Campaigns {
    /// Leases time for `segments` from a provider account.
    pub async fn lease_pace(
        &self,
        account: &str,
        pace: Pace,
        segments: u32,
        now: Timestamp,
    ) -> Result<Slice, StoreError> {
        let key = Key::new(format!("PACE#{account}"), "PACE");
        for _ in 0..ATTEMPTS {
            let booked = self.table.get(&key).await?.map_or(0, |item| integer(&item, "booked_until"));
            let slice = pace.lease(booked, now, segments);
            let change = Change::new("SET booked_until = :next, v = :form")
                .when("attribute_not_exists(pk) OR booked_until = :seen")
                .value(":next", number(slice.booked_until_micros))
                .value(":seen", number(booked))
                .value(":form", number(FORM));
            if matches!(self.table.update(&key, change).await?, Conditional::Applied) {
                return Ok(slice);
            }
        }
        Err(StoreError::Contended { operation: "leasing a pace" })
    }
}
