//! A campaign as clients see it: the answers to a send, to a status request and to a list share one type.
//!
//! A field of the campaign's header is added to [`CampaignView`] or to [`Progress`], and is in every answer that
//! shows this part:
//!
//! | | send | list and status |
//! |---|---|---|
//! | [`CampaignView`] | ✓ | ✓ |
//! | [`Progress`] | | ✓ |
//! | [`TextView`] | its books and skipped contacts | ✓ |

use domain::{
    api_key::KeyMode,
    audience::Skipped,
    campaign::CampaignReport,
    ids::{BookId, CampaignId},
    organisation::Organisation,
};
use serde::Serialize;
use stores::campaigns::{CampaignHeader, CampaignText, Creator, FollowedCampaign};

use super::waiting::Waiting;
use crate::shown;

#[derive(Serialize)]
pub struct CampaignView {
    /// Absent from a dry run, which makes no campaign.
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_id: Option<u64>,
    status: &'static str,
    recipients_count: u64,
    sender_id: String,
    estimated_cost: String,
    scheduled_at: Option<String>,
    #[serde(flatten)]
    progress: Option<Progress>,
}

/// The progress of a campaign since it was accepted.
#[derive(Serialize)]
struct Progress {
    sent_count: i64,
    failed_count: i64,
    delivered_count: i64,
    undelivered_count: i64,
    unconfirmed_count: i64,
    cancelled_count: i64,
    queued_count: i64,
    delivery_rate: f64,
    charged: String,
    refunded: String,
    /// Neither charged nor refunded yet.
    reserved: String,
    created_at: String,
    started_at: Option<String>,
    finished_at: Option<String>,
    valid_until: String,
    pause_reason: Option<String>,
    waiting: Option<Waiting>,
    test: bool,
    messages_kept_until: String,
    /// Damaged batches of up to 1,000 recipients that an operator must repair: their recipients are not handed over,
    /// and their money stays reserved.
    batches_set_aside: i64,
    /// The campaigns that have sent again to its failed and to its unconfirmed recipients.
    resent_failed_as: Option<u64>,
    resent_codes: Vec<String>,
    resent_unconfirmed_as: Option<u64>,
}

/// A campaign with the items that are stored besides its header.
#[derive(Serialize)]
pub struct StatusView {
    #[serde(flatten)]
    campaign: CampaignView,
    #[serde(flatten)]
    text: TextView,
}

/// A campaign's message and the result of its request. Empty once the campaign's retention is over.
#[derive(Default, Serialize)]
struct TextView {
    message: Option<String>,
    message_parts: Option<u8>,
    encoding: Option<String>,
    group_ids: Vec<BookId>,
    group_names: Vec<String>,
    skipped: Option<Skipped>,
    created_by: Option<Creator>,
    resend_of: Option<u64>,
}

impl CampaignView {
    /// A campaign that is about to be accepted, or would be.
    pub fn accepted(organisation: &Organisation, header: &CampaignHeader) -> Self {
        Self {
            campaign_id: Some(header.key.number()),
            status: header.state.as_str(),
            recipients_count: header.recipients,
            sender_id: header.sender.to_string(),
            estimated_cost: shown::money(organisation, header.estimated_cost),
            scheduled_at: header.scheduled_at.map(|at| shown::time(organisation, at)),
            progress: None,
        }
    }

    /// A campaign without a number, because it will not be accepted.
    pub fn of_dry_run(organisation: &Organisation, header: &CampaignHeader) -> Self {
        Self { campaign_id: None, ..Self::accepted(organisation, header) }
    }

    /// A campaign that was accepted before.
    pub fn followed(organisation: &Organisation, campaign: &FollowedCampaign) -> Self {
        let progress = Some(Progress::of(organisation, campaign));
        Self { progress, ..Self::accepted(organisation, &campaign.header) }
    }
}

impl CampaignView {
    /// Adds why the campaign waits.
    pub fn waiting_for(mut self, waiting: Option<Waiting>) -> Self {
        self.progress = self.progress.map(|progress| Progress { waiting, ..progress });
        self
    }
}

impl Progress {
    fn of(organisation: &Organisation, FollowedCampaign { header, report, .. }: &FollowedCampaign) -> Self {
        let CampaignReport { counts, charged, refunded, .. } = *report;
        Self {
            sent_count: counts.sent,
            failed_count: counts.failed,
            delivered_count: counts.delivered,
            undelivered_count: counts.undelivered,
            unconfirmed_count: counts.unconfirmed,
            cancelled_count: counts.cancelled,
            queued_count: report.queued(),
            delivery_rate: report.delivery_rate(),
            charged: shown::money(organisation, charged),
            refunded: shown::money(organisation, refunded),
            reserved: shown::money(organisation, report.held(header.mode)),
            created_at: shown::time(organisation, header.created_at),
            started_at: header.started_at.map(|at| shown::time(organisation, at)),
            finished_at: header.finished_at.map(|at| shown::time(organisation, at)),
            valid_until: shown::time(organisation, header.valid_until),
            pause_reason: header.pause_reason.clone(),
            waiting: None,
            test: header.mode == KeyMode::Test,
            messages_kept_until: shown::time(organisation, header.kept_until),
            batches_set_aside: header.set_aside,
            resent_failed_as: header.resent_failed.map(CampaignId::get),
            resent_codes: header.resent_codes.iter().cloned().collect(),
            resent_unconfirmed_as: header.resent_unconfirmed.map(CampaignId::get),
        }
    }
}

impl StatusView {
    /// A campaign with its text, which is stored in another item.
    pub fn new(
        organisation: &Organisation,
        campaign: &FollowedCampaign,
        text: Option<CampaignText>,
        waiting: Option<Waiting>,
    ) -> Self {
        Self {
            campaign: CampaignView::followed(organisation, campaign).waiting_for(waiting),
            text: text.map(TextView::of).unwrap_or_default(),
        }
    }
}

impl TextView {
    fn of(text: CampaignText) -> Self {
        let CampaignText { message, group_ids, group_names, skipped, created_by, resend_of, tariff: _ } =
            text;
        Self {
            message: Some(message.as_str().to_owned()),
            message_parts: Some(message.segments().get()),
            encoding: Some(message.encoding().to_string()),
            group_ids,
            group_names,
            skipped: Some(skipped),
            created_by: Some(created_by),
            resend_of: resend_of.map(CampaignId::get),
        }
    }
}
