//! The campaign that a send makes.

use std::collections::BTreeSet;

use domain::{
    acceptance::{CheckedSend, NewCampaign},
    campaign::{Counts, CountsAtResume},
    ids::CampaignId,
    keys::CampaignKey,
    money::Money,
    reasons::Reasons,
};
use stores::campaigns::{CampaignHeader, CampaignText, Creator};
use web::Caller;

use super::price::Priced;
use crate::api::Api;

pub fn begin(api: &Api, caller: &Caller, send: &Priced) -> NewCampaign {
    let Priced { request, resolved, quote, now, .. } = send;
    let checked = CheckedSend {
        mode: caller.mode(),
        cost: quote.cost,
        recipients: resolved.audience.recipients().len() as u64,
        batch_recipients: api.batch_recipients,
        scheduled_at: request.scheduled_at,
        retention: api.retention,
    };
    NewCampaign::of(&checked, *now)
}

/// The header of a new campaign, before the first hand-over.
pub fn header(caller: &Caller, send: &Priced, campaign: CampaignId, begins: &NewCampaign) -> CampaignHeader {
    let Priced { request, resolved, now, .. } = send;
    let CheckedSend { mode, cost, recipients, batch_recipients, scheduled_at, .. } = begins.send;
    CampaignHeader {
        key: CampaignKey { organisation: caller.organisation.id, campaign },
        mode,
        state: begins.state,
        pause_reason: None,
        sender: request.sender.clone(),
        recipients,
        batch_recipients,
        open_batches: begins.open_batches,
        estimated_cost: cost,
        charged: Money::ZERO,
        refunded: Money::ZERO,
        counts: Counts::default(),
        reasons: Reasons::default(),
        created_at: *now,
        scheduled_at,
        started_at: None,
        finished_at: None,
        valid_until: begins.valid_until,
        kept_until: begins.kept_until,
        opt_outs_version: resolved.opt_outs_version,
        at_resume: CountsAtResume::default(),
        begun: BTreeSet::new(),
        seen_open: None,
        seen_dispatched: None,
        seen_since: None,
        set_aside: 0,
        resent_failed: None,
        sent_by: BTreeSet::new(),
        resent_codes: BTreeSet::new(),
        resent_unconfirmed: None,
        resent_as_duplicate: false,
    }
}

/// The text of a campaign, which is stored in another item than the header.
pub fn text(caller: &Caller, send: &Priced) -> CampaignText {
    let Priced { request, resolved, again, .. } = send;
    CampaignText {
        message: request.message.clone(),
        group_ids: resolved.books.iter().map(|book| book.id).collect(),
        group_names: resolved.books.iter().map(|book| book.name.clone()).collect(),
        tariff: caller.organisation.tariff.clone(),
        skipped: resolved.audience.skipped(),
        resend_of: again.as_ref().map(|again| again.of.campaign),
        created_by: Creator { key_id: caller.key_id(), name: caller.key().name.clone() },
    }
}
