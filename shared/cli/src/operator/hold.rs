//! Stops everything, and pauses every unfinished campaign, after a restore.
//!
//! Restored tables do not know which recipients campaigns have reached since the backup, and would reach them again.
//! DynamoDB restores into new tables, which functions use only after a deployment with their names. `hold` runs before
//! that deployment. Afterwards a campaign goes on only if a person resumes it, who has asked the provider which
//! recipients it reached. A campaign that was paused in the backup may have been resumed and sent since, so it is held
//! for the same reason.
//!
//! The stop is the same as that of `sms stop`: until the operator ends it, no new send is accepted either.
//!
//! Campaigns that were accepted after the restored moment are not in the tables at all. Nothing more is handed over for
//! them, and their numbers are skipped, so that a message or a report about one of them finds no other campaign. One
//! thing this cannot prevent: their idempotency keys are free again, so a client that repeats such a request sends it
//! again.

use domain::timestamp::Timestamp;
use stores::{
    StoreError, Stores,
    campaigns::{Controlled, EVERY_DUE_SHARD},
};

use super::{StopScope, stop};

/// The pause reason of such a campaign in its status, and the reason of the stop.
pub const RESTORED: &str = "restored_from_backup";

/// The result of a hold.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Held {
    /// Campaigns that are paused.
    pub campaigns: u64,
    /// Campaigns whose header cannot be read, so it is not known whether they are paused. No worker hands over
    /// recipients of such a campaign until it is repaired or a newer version reads it.
    pub unreadable_campaigns: u64,
}

/// Stops everything, skips the numbers of campaigns that may be lost, and pauses every campaign that may still hand
/// over a recipient.
///
/// # Errors
/// If a table does not answer. Repeating it does the rest.
pub async fn hold_every_campaign(stores: &Stores, now: Timestamp) -> Result<Held, StoreError> {
    stop(stores, StopScope::EVERYTHING, Some(RESTORED), now).await?;
    stores.accounts.organisations.pass_over_campaign_numbers().await?;
    let campaigns = &stores.campaigns;
    let mut held = Held::default();
    for shard in EVERY_DUE_SHARD {
        for key in campaigns.under_way(shard).await? {
            match campaigns.hold(key, RESTORED, now).await {
                Ok(Controlled::Now(_)) => held.campaigns += 1,
                // The campaign has ended: no recipient is handed over any more.
                Ok(Controlled::NotAllowed(_) | Controlled::Unknown) => {}
                Err(error) if error.is_about_an_item() => held.unreadable_campaigns += 1,
                Err(error) => return Err(error),
            }
        }
    }
    Ok(held)
}
