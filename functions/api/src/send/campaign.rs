//! The campaign that a send makes.

use domain::{
    batch::BatchSize,
    campaign::{CampaignStatus, Counts},
    ids::CampaignId,
    money::Money,
    organisation::Organisation,
    timestamp::Timestamp,
};
use stores::campaigns::{CampaignHeader, CampaignText, VALIDITY};
use web::Caller;

use super::price::Priced;

impl Priced {
    /// When it is to start.
    pub fn starts_at(&self) -> Timestamp {
        self.request.scheduled_at.unwrap_or(self.now)
    }
}

/// Its header, before anything was sent.
pub fn header(caller: &Caller, send: &Priced, campaign: CampaignId, size: BatchSize) -> CampaignHeader {
    let Priced { request, resolved, quote, now, .. } = send;
    let recipients = resolved.audience.recipients().len() as u64;
    CampaignHeader {
        campaign,
        organisation: caller.organisation.id,
        mode: caller.mode(),
        state: if request.scheduled_at.is_some() {
            CampaignStatus::Scheduled
        } else {
            CampaignStatus::Queued
        },
        pause_reason: None,
        sender: request.sender.clone(),
        recipients,
        batch_recipients: size,
        open_batches: size.batches_of(recipients).into(),
        estimated_cost: quote.cost,
        charged: Money::ZERO,
        refunded: Money::ZERO,
        counts: Counts::default(),
        created_at: *now,
        scheduled_at: request.scheduled_at,
        started_at: None,
        finished_at: None,
        valid_until: send.starts_at().plus(VALIDITY),
        opt_outs_version: resolved.opt_outs_version,
        resumed_sent: 0,
        resumed_failed: 0,
        seen_open: None,
        set_aside: 0,
    }
}

/// Its text, which is stored apart from the header.
pub fn text(organisation: &Organisation, send: &Priced) -> CampaignText {
    let Priced { request, resolved, .. } = send;
    CampaignText {
        message: request.message.clone(),
        group_ids: resolved.books.iter().map(|book| book.id).collect(),
        group_names: resolved.books.iter().map(|book| book.name.clone()).collect(),
        tariff: organisation.tariff.clone(),
        skipped: resolved.audience.skipped(),
    }
}
