//! A campaign's header and its text.

use std::collections::{BTreeSet, HashMap};

use domain::{
    api_key::KeyMode,
    audience::{MAX_RECIPIENTS, Skipped},
    batch::BatchSize,
    campaign::{CampaignReport, CampaignStatus, Counts, CountsAtResume, deadlines, reached_no_recipient},
    clock::{CampaignProgress, SeenProgress},
    ids::{AccountName, BatchNumber, BookId, CampaignId, KeyId, OrganisationId},
    keys::CampaignKey,
    lane::Lane,
    money::Money,
    reasons::Reasons,
    sender_id::SenderId,
    tariff::{MessagePrice, Tariff},
    text::MessageText,
    timestamp::Timestamp,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use serde_bytes::ByteBuf;

use super::{
    keys::{HEADER_PREFIX, TEXT_PREFIX, campaign_of_text, directory_key, header_key, text_key},
    store::Campaigns,
};
use crate::{
    error::StoreError,
    item::{Item, Key, from_item},
    keys::organisation_partition,
    page::{ListPage, ListRequest, Position},
    table::Range,
};

pub(super) const HEADER: &str = "a campaign header";
pub(super) const TEXT: &str = "a campaign text";
pub(super) const DIRECTORY: &str = "a directory";

/// The stored form of a directory.
#[derive(Serialize, Deserialize)]
pub(super) struct DirectoryRecord {
    pub(super) starts: ByteBuf,
    pub(super) expires_at: i64,
}

/// The part of a campaign that changes while it runs, and that lists show.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CampaignHeader {
    #[serde(flatten)]
    pub key: CampaignKey,
    /// A campaign of a test key reaches no one and costs nothing.
    pub mode: KeyMode,
    pub state: CampaignStatus,
    /// Why the campaign is paused, if a fault paused it.
    pub pause_reason: Option<String>,
    /// The sender that devices show.
    pub sender: SenderId,
    /// Unique recipients.
    #[serde(deserialize_with = "recipients")]
    pub recipients: u64,
    /// How they are split into batches.
    pub batch_recipients: BatchSize,
    /// Batches not closed yet.
    pub open_batches: i64,
    /// Reserved at acceptance. A test campaign reserves nothing; this is what it would cost.
    pub estimated_cost: Money,
    /// Charged so far.
    pub charged: Money,
    /// Refunded so far.
    pub refunded: Money,
    /// The recipients of closed batches by status. Each count is an attribute, so that writes can add to it.
    #[serde(flatten)]
    pub counts: Counts,
    /// Why their failed and cancelled recipients were not sent to; each count is an attribute, too.
    #[serde(flatten)]
    pub reasons: Reasons,
    /// Batches that may have been handed over in part and are not closed, so that `counts` leaves them out.
    /// Absent if there are none.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub begun: BTreeSet<BatchNumber>,
    /// The accounts that took recipients of closed batches, or may have taken them. Reports of others are not looked for
    /// here once the campaign is finished.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sent_by: BTreeSet<AccountName>,
    /// When the campaign was accepted.
    pub created_at: Timestamp,
    /// When it starts, if it was scheduled.
    pub scheduled_at: Option<Timestamp>,
    /// When its first batch was claimed.
    pub started_at: Option<Timestamp>,
    /// When its last recipient was submitted or dropped.
    pub finished_at: Option<Timestamp>,
    /// After this, recipients that are still queued are dropped.
    pub valid_until: Timestamp,
    /// When its recipients, their outcomes and its text are deleted.
    pub kept_until: Timestamp,
    /// The version of the opt-outs that the audience was resolved with.
    pub opt_outs_version: u64,
    #[serde(flatten)]
    pub at_resume: CountsAtResume,
    /// `open_batches` at the clock's last check. Fewer now means that workers make progress.
    pub seen_open: Option<i64>,
    /// Recipients that workers were through with at the clock's last check.
    pub seen_dispatched: Option<i64>,
    /// The clock's first check that found this many.
    pub seen_since: Option<Timestamp>,
    /// Open batches that are set aside because they cannot be read.
    pub set_aside: i64,
    /// The campaign that last sent again to its failed recipients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resent_failed: Option<CampaignId>,
    /// The codes of the failed recipients that were sent to again; absent if no campaign chose by code, or one took all of
    /// them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resent_codes: BTreeSet<String>,
    /// The campaign that last sent again to its unconfirmed recipients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resent_unconfirmed: Option<CampaignId>,
    /// Whether a campaign that was allowed to send again to the same recipients left one of these marks. An earlier one may
    /// have reached them, so that no campaign is replaced any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub resent_as_duplicate: bool,
}

/// Rejects a damaged number of recipients, since memory is allocated by it.
fn recipients<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let recipients = u64::deserialize(deserializer)?;
    let too_many = || D::Error::custom("more recipients than a campaign can have");
    if recipients <= MAX_RECIPIENTS as u64 { Ok(recipients) } else { Err(too_many()) }
}

impl CampaignHeader {
    /// The campaign's money, and counts of its recipients: those of [`Campaigns::follow`] are of all of them.
    pub fn report(&self, counts: Counts) -> CampaignReport {
        CampaignReport {
            recipients: self.recipients,
            counts,
            estimated_cost: self.estimated_cost,
            charged: self.charged,
            refunded: self.refunded,
        }
    }

    pub fn held(&self) -> Money {
        self.report(self.counts).held(self.mode)
    }

    /// The counts that the circuit breaker judges: those since the campaign was last resumed.
    pub fn counts_since_resume(&self) -> Counts {
        self.at_resume.since(&self.counts)
    }

    /// Whether it handed over no recipient, and never will.
    pub fn reached_no_recipient(&self) -> bool {
        reached_no_recipient(self.state, self.started_at.is_some(), self.open_batches, &self.counts)
    }

    /// When it starts, or started.
    pub fn starts_at(&self) -> Timestamp {
        deadlines::starts_at(self.scheduled_at, self.created_at)
    }

    /// The progress at the clock's last check.
    pub fn seen_progress(&self) -> Option<SeenProgress> {
        let (dispatched, since) = self.seen_dispatched.zip(self.seen_since)?;
        Some(SeenProgress { dispatched, since })
    }

    pub fn progress(&self) -> CampaignProgress {
        CampaignProgress {
            state: self.state,
            starts_at: self.starts_at(),
            kept_until: self.kept_until,
            finished_at: self.finished_at,
            open_batches: self.open_batches,
        }
    }

    /// The queue in which its batches wait for a worker.
    pub const fn lane(&self) -> Lane {
        Lane::of(self.mode, self.recipients)
    }

    pub fn batches(&self) -> BatchNumber {
        self.batch_recipients.batches_of(self.recipients)
    }

    pub fn recipients_of(&self, batch: BatchNumber) -> u64 {
        self.batch_recipients.recipients_of(batch, self.recipients) as u64
    }
}

/// The part of a campaign that never changes after acceptance. It is kept as long as the recipients.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CampaignText {
    pub message: MessageText,
    /// The books, in the order of the request.
    pub group_ids: Vec<BookId>,
    /// The names of the books at acceptance.
    pub group_names: Vec<String>,
    /// The prices at acceptance. Later changes of the organisation's tariff do not apply.
    pub tariff: Tariff,
    /// Contacts that did not become recipients.
    pub skipped: Skipped,
    pub created_by: Creator,
    /// The campaign whose recipients it sends to again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resend_of: Option<CampaignId>,
}

/// The key that a campaign was sent with. Its name is that of the acceptance.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Creator {
    pub key_id: KeyId,
    pub name: String,
}

impl CampaignText {
    pub fn price(&self) -> MessagePrice<'_> {
        self.tariff.message(self.message.segments())
    }
}

impl Campaigns {
    pub async fn header(&self, key: CampaignKey) -> Result<Option<CampaignHeader>, StoreError> {
        let item = self.table.get(&header_key(key)).await?;
        item.map(|item| from_item(HEADER, item)).transpose()
    }

    pub async fn text(&self, key: CampaignKey) -> Result<Option<CampaignText>, StoreError> {
        let item = self.table.get_unchanging(&text_key(key)).await?;
        item.map(|item| from_item(TEXT, item)).transpose()
    }

    /// Reads header and text in one call; the text is `None` if its retention is over.
    pub async fn with_text(
        &self,
        key: CampaignKey,
    ) -> Result<Option<(CampaignHeader, Option<CampaignText>)>, StoreError> {
        let keys = vec![header_key(key), text_key(key)];
        take_campaign(key, &mut self.table.get_many(keys, None).await?)
    }

    /// The first number of each batch.
    pub async fn directory(&self, key: CampaignKey) -> Result<Option<domain::batch::Directory>, StoreError> {
        let Some(item) = self.table.get_unchanging(&directory_key(key)).await? else {
            return Ok(None);
        };
        let DirectoryRecord { starts, .. } = from_item(DIRECTORY, item)?;
        domain::batch::Directory::decode(&starts).map(Some).map_err(StoreError::packed(DIRECTORY))
    }

    /// The texts of some campaigns of an organisation, as far as they are still kept.
    pub async fn texts(
        &self,
        organisation: OrganisationId,
        campaigns: impl IntoIterator<Item = CampaignId>,
    ) -> Result<HashMap<CampaignId, CampaignText>, StoreError> {
        let key = |campaign| text_key(CampaignKey { organisation, campaign });
        let items = self.table.get_many(campaigns.into_iter().map(key).collect(), None).await?;
        items.into_iter().map(read_text).collect()
    }

    /// The texts of all campaigns of an organisation that are still kept, for a search by words. A text has some
    /// hundred bytes, and a read unit is 4 KB.
    pub async fn all_texts(
        &self,
        organisation: OrganisationId,
    ) -> Result<HashMap<CampaignId, CampaignText>, StoreError> {
        let range = Range::of(organisation_partition(organisation)).beginning_with(TEXT_PREFIX);
        self.table.query(range).await?.into_iter().map(read_text).collect()
    }

    /// An organisation's campaigns of a mode that are `wanted`, newest first.
    ///
    /// Reads every header: an organisation has thousands of campaigns, not millions, and a header has under 1 KB. The
    /// read is consistent, so that a list equals the statuses.
    pub async fn list(
        &self,
        organisation: OrganisationId,
        mode: KeyMode,
        wanted: impl Fn(&CampaignHeader) -> bool,
        request: ListRequest,
    ) -> Result<ListPage<CampaignHeader>, StoreError> {
        let range =
            Range::of(organisation_partition(organisation)).beginning_with(HEADER_PREFIX).descending();
        let items = self.table.query(range).await?;
        let headers: Vec<CampaignHeader> =
            items.into_iter().map(|item| from_item(HEADER, item)).collect::<Result<_, _>>()?;
        let wanted = headers.into_iter().filter(|header| header.mode == mode && wanted(header));
        Ok(ListPage::of(wanted.collect(), &request, position_of))
    }
}

/// A campaign's position in the list, newest first.
fn position_of(header: &CampaignHeader) -> Position {
    Position(u128::MAX - u128::from(header.key.campaign.get()))
}

fn read_text(item: Item) -> Result<(CampaignId, CampaignText), StoreError> {
    let campaign = campaign_of_text(&item).ok_or_else(|| StoreError::Unreadable {
        what: TEXT,
        reason: "its key names no campaign".to_owned(),
    })?;
    Ok((campaign, from_item(TEXT, item)?))
}

/// Takes a campaign's header, and its text if that is still kept, out of items that were read together.
pub(super) fn take_campaign(
    key: CampaignKey,
    items: &mut Vec<Item>,
) -> Result<Option<(CampaignHeader, Option<CampaignText>)>, StoreError> {
    let [header, text] = [header_key(key), text_key(key)]
        .map(|key| items.iter().position(|item| Key::of(item) == key).map(|place| items.swap_remove(place)));
    let Some(header) = header else { return Ok(None) };
    let text = text.map(|text| from_item(TEXT, text)).transpose()?;
    Ok(Some((from_item(HEADER, header)?, text)))
}
