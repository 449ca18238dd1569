//! The commit: batches, unseen; the one transaction; the queue.

use domain::{
    batch::BatchSize, campaign::CampaignStatus, ids::CampaignId, keys::CampaignKey, money::Money,
    organisation::Organisation, tariff::Quote, timestamp::Timestamp,
};
use http::StatusCode;
use stores::{
    accounts::idempotency::{Answer, Claim},
    campaigns::{Acceptance, Accepted, CampaignHeader, CampaignText, DuplicateGuard, NotAccepted, VALIDITY},
};
use web::{ApiError, Caller, idempotency};

use super::{
    answer::{SendAnswer, status_of},
    price,
    request::SendGroup,
    resolve::Resolved,
};
use crate::Api;

/// A send that has passed every check.
pub struct Checked {
    /// What was asked for.
    pub request: SendGroup,
    /// Whom it reaches.
    pub resolved: Resolved,
    /// What it costs.
    pub quote: Quote,
    /// The guard against doubles, where there is one.
    pub guard: Option<DuplicateGuard>,
}

/// Commits a send and answers it.
pub async fn commit(
    api: &Api,
    caller: &Caller,
    send: Checked,
    claim: Option<&Claim>,
    now: Timestamp,
) -> Result<Answer, ApiError> {
    let Checked { request, resolved, quote, guard } = send;
    let organisation = &*caller.organisation;
    let size = api.batch_recipients;
    let (accounts, campaigns) = (&api.edge.stores.accounts, &api.edge.stores.campaigns);
    let campaign = accounts.organisations.next_campaign(organisation.id).await?;
    let answer = SendAnswer::new(organisation, Some(campaign), &request, &resolved, &quote);
    let answer = idempotency::answer(StatusCode::ACCEPTED, &answer)?;
    let starts_at = request.scheduled_at.unwrap_or(now);
    let key = CampaignKey { organisation: organisation.id, campaign };
    campaigns.write_batches(key, &resolved.audience, size, starts_at).await?;
    let acceptance = Acceptance {
        header: header(caller, campaign, &request, &resolved, &quote, size, now),
        text: text(organisation, &request, &resolved),
        idempotency: claim.map(|claim| (claim.clone(), answer.clone())),
        daily_cap: organisation.daily_spend_cap.map(|cap| (cap, now.day(organisation.offset))),
        guard,
    };
    match campaigns.accept(&acceptance, &accounts.idempotency, now).await? {
        Ok(Accepted) => {
            if acceptance.header.state != CampaignStatus::Scheduled {
                api.ask_for_batches(&acceptance.header).await;
            }
            Ok(answer)
        }
        Err(refusal) => Err(refused(api, organisation, &quote, refusal).await?),
    }
}

fn header(
    caller: &Caller,
    campaign: CampaignId,
    request: &SendGroup,
    resolved: &Resolved,
    quote: &Quote,
    size: BatchSize,
    now: Timestamp,
) -> CampaignHeader {
    let recipients = resolved.audience.recipients().len() as u64;
    CampaignHeader {
        campaign,
        organisation: caller.organisation.id,
        mode: caller.mode(),
        state: status_of(request.scheduled_at),
        pause_reason: None,
        sender: request.sender.clone(),
        recipients,
        batch_recipients: size,
        open_batches: size.batches_of(recipients).into(),
        estimated_cost: quote.cost,
        charged: Money::ZERO,
        refunded: Money::ZERO,
        sent: 0,
        delivered: 0,
        undelivered: 0,
        failed: 0,
        unconfirmed: 0,
        cancelled: 0,
        created_at: now,
        scheduled_at: request.scheduled_at,
        started_at: None,
        finished_at: None,
        valid_until: request.scheduled_at.unwrap_or(now).plus(VALIDITY),
        opt_outs_version: resolved.opt_outs_version,
        resumed_sent: 0,
        resumed_failed: 0,
        seen_open: None,
        set_aside: 0,
    }
}

fn text(organisation: &Organisation, request: &SendGroup, resolved: &Resolved) -> CampaignText {
    CampaignText {
        message: request.message.clone(),
        group_ids: resolved.books.iter().map(|book| book.id).collect(),
        group_names: resolved.books.iter().map(|book| book.name.clone()).collect(),
        tariff: organisation.tariff.clone(),
        skipped: resolved.audience.skipped(),
    }
}

async fn refused(
    api: &Api,
    organisation: &Organisation,
    quote: &Quote,
    refusal: NotAccepted,
) -> Result<ApiError, ApiError> {
    Ok(match refusal {
        NotAccepted::InsufficientBalance => {
            let wallet = api.edge.stores.accounts.wallets.get(organisation.id).await?;
            price::insufficient_balance(organisation, quote.cost, wallet.available)
        }
        NotAccepted::SpendCapReached => {
            price::spend_cap_reached(organisation, organisation.daily_spend_cap.unwrap_or_default())
        }
        NotAccepted::Duplicate(earlier) => price::duplicate(earlier),
        NotAccepted::ClaimLost => ApiError::conflict(
            "idempotency_in_progress",
            "Another request with this Idempotency-Key has taken over.",
        )
        .retry_after(1),
    })
}
