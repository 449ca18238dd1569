//! Campaigns of any organisation: lists the unfinished ones, and resumes those that a fault paused.
//!
//! The clock enqueues the batches of a campaign that was cancelled or resumed here within three minutes.

use domain::{ids::OrganisationId, outcome::AccountFault, timestamp::Timestamp};
use stores::{
    StoreError, Stores,
    campaigns::{CampaignHeader, Controlled, EVERY_DUE_SHARD},
};

/// Campaigns that are not finished.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct OpenCampaigns {
    /// Campaigns by organisation and number.
    pub headers: Vec<CampaignHeader>,
    /// Campaigns whose header cannot be read.
    pub unreadable: u64,
}

/// The unfinished campaigns of one organisation, or of all.
///
/// # Errors
/// If a table does not answer.
pub async fn open_campaigns(
    stores: &Stores,
    organisation: Option<OrganisationId>,
) -> Result<OpenCampaigns, StoreError> {
    let mut open = OpenCampaigns::default();
    for shard in EVERY_DUE_SHARD {
        for key in stores.campaigns.under_way(shard).await? {
            if organisation.is_some_and(|one| one != key.organisation) {
                continue;
            }
            match stores.campaigns.header(key).await {
                Ok(header) => open.headers.extend(header.filter(|header| header.finished_at.is_none())),
                Err(error) if error.is_about_an_item() => open.unreadable += 1,
                Err(error) => return Err(error),
            }
        }
    }
    open.headers.sort_by_key(|header| (header.key.organisation, header.key.campaign));
    Ok(open)
}

/// Campaigns that were resumed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Resumed {
    /// The number of resumed campaigns.
    pub campaigns: u64,
    /// Campaigns whose header cannot be read, so it is not known whether a fault paused them.
    pub unreadable: u64,
}

/// Resumes each campaign that a fault of the provider's account paused, of one organisation or of all. Campaigns that a
/// person, too many refusals or a restore paused stay paused.
///
/// # Errors
/// If a table does not answer; repeating it does the rest.
pub async fn resume_faulted(
    stores: &Stores,
    organisation: Option<OrganisationId>,
    now: Timestamp,
) -> Result<Resumed, StoreError> {
    let OpenCampaigns { headers, unreadable } = open_campaigns(stores, organisation).await?;
    let mut resumed = Resumed { campaigns: 0, unreadable };
    let faulted =
        |header: &&CampaignHeader| header.pause_reason.as_deref().is_some_and(AccountFault::is_reason);
    for header in headers.iter().filter(faulted) {
        if let Controlled::Now(_) = stores.campaigns.resume(header.key, now).await? {
            resumed.campaigns += 1;
        }
    }
    Ok(resumed)
}
