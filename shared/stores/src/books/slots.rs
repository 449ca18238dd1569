//! Limits how many long imports of an organisation run at the same time.
//!
//! Each takes an execution of its function for up to half a minute, and a new AWS account has ten executions for all
//! functions of all organisations. A slot is a lease, so the slot of a crashed import is free again when the lease
//! ends.

use domain::{
    api_key::KeyMode,
    ids::OrganisationId,
    timestamp::{Millis, Timestamp},
};
use platform::random;
use serde::{Deserialize, Serialize};

use super::{keys::slot_key, store::AddressBooks};
use crate::{
    error::StoreError,
    item::{Key, from_item, number, to_item},
    table::{Change, Conditional},
};

/// Contacts of a request above which its import is a long one. At 300 requests a minute of this many contacts an
/// organisation takes two executions.
pub const LONG_IMPORT_CONTACTS: usize = 1_000;
/// Longer than any function runs.
const LEASE: Millis = Millis::from_secs(35);
/// Seconds after which a client should repeat at the latest: most imports end long before their lease.
const RETRY_SECS: i64 = 5;
const WHAT: &str = "a slot of imports";

/// How many long imports an organisation may run at the same time with keys of a mode.
const fn slots_of(mode: KeyMode) -> u8 {
    match mode {
        KeyMode::Live => 2,
        KeyMode::Test => 1,
    }
}

/// The right to carry a long import out.
#[derive(Clone, Debug)]
pub struct ImportSlot {
    key: Key,
    token: u64,
}

/// The error if all slots of the organisation are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotsTaken {
    /// Seconds after which the client should repeat the request.
    pub retry_after_secs: u32,
}

#[derive(Serialize, Deserialize)]
struct SlotRecord {
    token: u64,
    until: Timestamp,
}

impl AddressBooks {
    pub async fn take_import_slot(
        &self,
        organisation: OrganisationId,
        mode: KeyMode,
        now: Timestamp,
    ) -> Result<Result<ImportSlot, SlotsTaken>, StoreError> {
        let (token, mut left) = (random::token()?, RETRY_SECS);
        for place in 0..slots_of(mode) {
            let key = slot_key(organisation, mode, place);
            let record = SlotRecord { token, until: now.plus(LEASE) };
            let free = Change::only_if("attribute_not_exists(pk) OR #until <= :now")
                .name("#until", "until")
                .value(":now", number(now.millis()));
            let refused = match self.table.put_when(to_item(&key, WHAT, &record)?, free).await? {
                Conditional::Applied => return Ok(Ok(ImportSlot { key, token })),
                Conditional::Refused(item) => {
                    item.map(|item| from_item::<SlotRecord>(WHAT, item)).transpose()?
                }
            };
            let Some(holder) = refused else { continue };
            // If the SDK repeated a call, it finds what its own first attempt wrote.
            if holder.token == token {
                return Ok(Ok(ImportSlot { key, token }));
            }
            left = left.min(holder.until.since(now).secs_rounded_up());
        }
        Ok(Err(SlotsTaken { retry_after_secs: left.clamp(1, RETRY_SECS) as u32 }))
    }

    pub async fn give_back(&self, slot: &ImportSlot) -> Result<(), StoreError> {
        let change = Change::new("SET #until = :past")
            .when("#token = :token")
            .name("#until", "until")
            .name("#token", "token")
            .value(":token", number(slot.token))
            .value(":past", number(0));
        self.table.update(&slot.key, change).await.map(drop)
    }
}
