//! `POST /v1/sms/campaigns/{campaign}/resend/`: a new campaign to recipients that an earlier one did not reach.
//!
//! Only a finished campaign can be sent again, because the status of its failed recipients is final. Unconfirmed
//! recipients may have received the message: they are sent to again only if the sender accepts that they may get it
//! twice, and only after their refund, when no report is expected any more. From the price on it is a send like any
//! other.

use std::collections::BTreeMap;

use axum::{extract::State, response::Response};
use domain::{
    audience::{Audience, SkipReason},
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    keys::CampaignKey,
    msisdn::Msisdn,
    packed,
    reasons::Reason,
    roster::leaf_of,
    wallet::Wallet,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use http::StatusCode;
use serde_json::json;
use stores::{
    StoreError,
    campaigns::{BatchRecord, CampaignHeader, CampaignText, Campaigns, CountedCampaign, SendAgain},
};
use web::{
    ApiError, Caller, Creating, ErrorCode, Incoming, Input,
    fields::{self, Fields, InvalidValue},
    idempotency,
    json::Json,
};

use super::{
    answer, commit,
    price::{self, Priced},
    request::{self, SendGroup},
    resolve::{self, BookName, Resolved},
    routed, stopped,
};
use crate::{
    api::Api,
    campaigns::named::{CampaignPath, of_own_mode, unknown},
};

/// Batches that are read at the same time.
const BATCHES_AT_ONCE: usize = 16;

/// A body, and whether it asks for a dry run.
pub struct ResendBody {
    dry_run: bool,
    request: Result<Resend, ApiError>,
}

/// The parsed request.
struct Resend {
    failed: bool,
    /// The reasons of failed recipients to send to again; empty for all of them.
    reasons: Vec<Reason>,
    unconfirmed: bool,
    /// Differences from the earlier campaign, and the limits. The books are those of the earlier campaign, and so are
    /// the message and the sender unless the request names others.
    message: Option<domain::text::MessageText>,
    sender: Option<domain::sender_id::SenderId>,
    scheduled_at: Option<domain::timestamp::Timestamp>,
    max_cost: Option<domain::money::Money>,
    allow_duplicate: bool,
}

impl Input for ResendBody {
    fn read(incoming: &Incoming<'_>) -> Result<Self, ApiError> {
        Ok(match incoming.fields() {
            Ok(fields) => Self::of(fields, incoming),
            Err(error) => Self { dry_run: false, request: Err(error) },
        })
    }
}

impl ResendBody {
    fn of(mut fields: Fields, incoming: &Incoming<'_>) -> Self {
        let statuses = fields.optional("statuses", statuses).unwrap_or((true, false));
        let reasons = fields.optional("codes", codes).unwrap_or_default();
        if statuses.1 && !reasons.is_empty() {
            let wrong = "chooses among failed recipients: leave unconfirmed out of statuses";
            fields.reject("codes", wrong.into());
        }
        let may_repeat = fields.optional("may_repeat", fields::boolean);
        if statuses.1 && may_repeat != Some(true) {
            let wrong = "must be true for unconfirmed recipients, who may already have the message and \
                         would get it twice";
            fields.reject("may_repeat", wrong.into());
        }
        let message = fields.optional("message", request::message);
        let allow_placeholders = fields.optional("allow_placeholders", fields::boolean);
        let unfilled = message.as_ref().and_then(request::unfilled);
        if let Some(found) = unfilled.filter(|_| allow_placeholders != Some(true)) {
            fields.reject("message", found);
        }
        let organisation = &incoming.caller.organisation;
        let sender = fields.optional("sender_id", |value| request::sender(value, organisation));
        let scheduled_at =
            fields.guarding("scheduled_at", |value| request::scheduled_at(value, incoming.now));
        let dry_run = fields.guarding("dry_run", fields::boolean);
        let max_cost = fields.guarding("max_cost", request::max_cost);
        let allow_duplicate = fields.optional("allow_duplicate", fields::boolean).unwrap_or(false);
        let errors = fields.into_errors();
        let (failed, unconfirmed) = statuses;
        let request = match errors.is_empty() {
            true => Ok(Resend {
                failed,
                reasons,
                unconfirmed,
                message,
                sender,
                scheduled_at,
                max_cost,
                allow_duplicate,
            }),
            false => Err(ApiError::invalid(errors)),
        };
        Self { dry_run: dry_run.unwrap_or(false), request }
    }
}

/// Whether the failed and whether the unconfirmed recipients are named.
fn statuses(value: Json) -> Result<(bool, bool), InvalidValue> {
    let mut named = (false, false);
    for status in fields::list(value)? {
        match fields::text(status)?.as_str() {
            "failed" => named.0 = true,
            "unconfirmed" => named.1 = true,
            _ => return Err("must have only failed and unconfirmed".into()),
        }
    }
    if named == (false, false) { Err("must name failed, unconfirmed or both".into()) } else { Ok(named) }
}

/// The reasons that the codes of messages name.
fn codes(value: Json) -> Result<Vec<Reason>, InvalidValue> {
    let mut reasons: Vec<Reason> = Vec::new();
    for code in fields::list(value)? {
        let code = fields::text(code)?;
        let of_code: Vec<Reason> = Reason::of_failed(&code).collect();
        if of_code.is_empty() {
            return Err("must have only codes of failed messages".into());
        }
        reasons.extend(of_code);
    }
    if reasons.is_empty() { Err("must name a code, or be left out".into()) } else { Ok(reasons) }
}

pub async fn resend(
    State(api): State<Api>,
    CampaignPath(campaign): CampaignPath,
    Creating { caller, input: ResendBody { dry_run, request }, once }: Creating<ResendBody>,
) -> Result<Response, ApiError> {
    let key = CampaignKey { organisation: caller.organisation.id, campaign };
    if dry_run {
        once.key()?;
        let (priced, wallet) = check(&api, &caller, key, request?).await?;
        let estimate = answer::estimate(&api, &caller, &priced, wallet).await?;
        return Ok(idempotency::respond(idempotency::answer(StatusCode::OK, &estimate)?));
    }
    once.run_transaction(async |claim| {
        stopped::refuse_if_stopped(&api, &caller).await?;
        let (priced, _) = check(&api, &caller, key, request?).await?;
        commit::commit(&api, &caller, priced, claim).await
    })
    .await
}

/// Finds and prices the recipients, and checks the send against every limit. Writes nothing.
async fn check(
    api: &Api,
    caller: &Caller,
    key: CampaignKey,
    resend: Resend,
) -> Result<(Priced, Wallet), ApiError> {
    let (organisation, now) = (&*caller.organisation, api.backend.clock.now());
    let campaigns = &api.backend.stores.campaigns;
    let mut campaign = campaigns.with_counts(key).await?.ok_or_else(unknown)?;
    campaign.header = of_own_mode(caller, Some(campaign.header))?;
    let text = kept_text(&campaign, now)?;
    let again = again(campaigns, &campaign.header, &resend).await?;
    let request = request_of(caller, &campaign.header, text, resend)?;
    let resolved = resolve_again(api, caller, &campaign, text, &again, &request.sender).await?;
    let quote = price::quote(organisation, &request, &resolved)?;
    let mut priced = Priced { request, resolved, quote, guard: None, again: Some(again), now };
    let wallet = price::check(api, caller, &mut priced).await?;
    Ok((priced, wallet))
}

/// The text of a finished campaign whose recipients are kept.
fn kept_text(
    campaign: &CountedCampaign,
    now: domain::timestamp::Timestamp,
) -> Result<&CampaignText, ApiError> {
    let CountedCampaign { header, text, .. } = campaign;
    if header.finished_at.is_none() {
        let detail =
            format!("A campaign that is {} cannot be sent again before it has finished.", header.state);
        return Err(ApiError::new(ErrorCode::CampaignState, detail).with("status", header.state.as_str()));
    }
    let text = text.as_ref().filter(|_| now < header.kept_until);
    text.ok_or_else(|| no_recipient("they are not kept any more", &Audience::default()))
}

/// The mark that the send leaves, unless these recipients were sent to again before.
async fn again(
    campaigns: &Campaigns,
    header: &CampaignHeader,
    resend: &Resend,
) -> Result<SendAgain, ApiError> {
    let Resend { failed, unconfirmed, allow_duplicate, .. } = *resend;
    let reasons = resend.reasons.clone();
    let mut again = SendAgain {
        of: header.key,
        failed,
        reasons,
        unconfirmed,
        may_repeat: false,
        replaces: None,
        follows_all: false,
    };
    if let Some(earlier) = again.repeats(header) {
        let key = CampaignKey { campaign: earlier, ..header.key };
        // The mark names only the last of several campaigns by code, so it must not be replaced.
        let is_the_only_one = header.resent_codes.is_empty() || header.resent_failed != Some(earlier);
        let reached_no_recipient =
            campaigns.header(key).await?.is_some_and(|header| header.reached_no_recipient());
        let may_replace = is_the_only_one && reached_no_recipient && !header.resent_as_duplicate;
        again.replaces = may_replace.then_some(earlier);
    }
    again.follows_all = again.follows_all_of(header);
    again.may_repeat = allow_duplicate;
    match again.repeats(header) {
        Some(earlier) => Err(price::sent_again(earlier)),
        None => Ok(again),
    }
}

fn request_of(
    caller: &Caller,
    header: &CampaignHeader,
    text: &CampaignText,
    resend: Resend,
) -> Result<SendGroup, ApiError> {
    let sender = resend.sender.unwrap_or_else(|| header.sender.clone());
    if !caller.organisation.may_send_as(&sender) {
        let detail =
            format!("{sender} is no longer a sender id of this organisation: give another in sender_id.");
        return Err(ApiError::new(ErrorCode::SenderNotAllowed, detail));
    }
    let first = SendGroup::of_campaign(header, text);
    Ok(SendGroup {
        message: resend.message.unwrap_or(first.message),
        sender,
        scheduled_at: resend.scheduled_at,
        max_cost: resend.max_cost,
        allow_duplicate: resend.allow_duplicate,
        ..first
    })
}

/// The recipients, without those who have opted out since and those whose destination no longer has a price or a route.
async fn resolve_again(
    api: &Api,
    caller: &Caller,
    campaign: &CountedCampaign,
    text: &CampaignText,
    again: &SendAgain,
    sender: &domain::sender_id::SenderId,
) -> Result<Resolved, ApiError> {
    let (organisation, stores) = (&*caller.organisation, &api.backend.stores);
    let numbers = numbers(&stores.campaigns, campaign, again);
    let read = resolve::read_opt_outs_and_routes(api, organisation.id);
    let (numbers, read) = tokio::join!(numbers, read);
    let (numbers, (opt_outs, routing)) = (numbers?, read?);
    let mut audience = Audience::default();
    for (leaf, mut numbers) in numbers {
        numbers.sort_unstable();
        let opted_out = opt_outs.leaves.get(&leaf).map(Vec::as_slice);
        audience
            .add_leaf(&[&packed::pack(&numbers)], opted_out)
            .map_err(|error| StoreError::Unreadable { what: "a roster", reason: error.to_string() })?;
    }
    audience.retain(SkipReason::Unpriced, |number| organisation.tariff.price(number).is_some());
    routed::check(&routing, sender, &mut audience)?;
    if audience.recipients().is_empty() {
        let reason = if again.unconfirmed && campaign.header.counts.unconfirmed > 0 {
            "unconfirmed recipients can be sent to again after their refund, 72 hours after the campaign's \
             end, and all others have opted out, have no price or route, or have another status"
        } else {
            "all of them have opted out, have no price or route, or have another status"
        };
        return Err(no_recipient(reason, &audience));
    }
    let books = text.group_ids.iter().copied().zip(text.group_names.iter().cloned());
    let books = books.map(|(id, name)| BookName { id, name }).collect();
    Ok(Resolved { audience, routing, books, unknown: Vec::new(), opt_outs_version: opt_outs.version })
}

/// The numbers of the recipients by leaf. Batches that have no such recipient by their stored counts are not read.
async fn numbers(
    campaigns: &Campaigns,
    campaign: &CountedCampaign,
    again: &SendAgain,
) -> Result<BTreeMap<u8, Vec<Msisdn>>, StoreError> {
    let CountedCampaign { header, counts, .. } = campaign;
    let may_have_some = |batch: &BatchNumber| {
        let counts = counts.as_ref().and_then(|counts| counts.get(*batch as usize));
        counts.is_none_or(|counts| {
            again.failed && counts.failed > 0 || again.unconfirmed && counts.unconfirmed > 0
        })
    };
    let batches = (0..header.batches()).filter(may_have_some);
    let reads: Vec<_> = batches.map(|batch| campaigns.batch(header.key.batch(batch))).collect();
    let records: Vec<Option<BatchRecord>> =
        stream::iter(reads).buffered(BATCHES_AT_ONCE).try_collect().await?;
    let mut by_leaf: BTreeMap<u8, Vec<Msisdn>> = BTreeMap::new();
    for record in records.iter().flatten() {
        let slots = (0..record.plan.len() as Slot).filter(|slot| is_wanted(record, *slot, again));
        for number in slots.filter_map(|slot| record.plan.recipient(slot)) {
            by_leaf.entry(leaf_of(number)).or_default().push(number);
        }
    }
    Ok(by_leaf)
}

/// Failed, or unconfirmed with its money back.
fn is_wanted(record: &BatchRecord, slot: Slot, again: &SendAgain) -> bool {
    match record.status(slot) {
        Some(DeliveryStatus::Failed) => again.failed && has_reason(record, slot, &again.reasons),
        Some(DeliveryStatus::Unconfirmed) => {
            again.unconfirmed && !record.head.money().is_paid(DeliveryStatus::Unconfirmed, false)
        }
        _ => false,
    }
}

/// Whether a failed recipient's reason is one of these; of no reasons every one is.
fn has_reason(record: &BatchRecord, slot: Slot, reasons: &[Reason]) -> bool {
    let state = || record.progress.slots().get(usize::from(slot));
    reasons.is_empty() || state().and_then(Reason::of).is_some_and(|reason| reasons.contains(&reason))
}

fn no_recipient(why: &str, audience: &Audience) -> ApiError {
    let detail = format!("No recipient can be sent to again: {why}.");
    ApiError::new(ErrorCode::NoReachableRecipient, detail)
        .with("skipped", json!(audience.skipped()))
        .with("unknown_group_ids", json!([]))
}
