//! The price of a send, and the checks of balance, caps and duplicates.

use domain::{
    acceptance::{Check, DailySpending, DailyTests, Refusal},
    api_key::KeyMode,
    duplicate::{DuplicateGuard, EarlierSend, Fingerprint, Repetition},
    ids::{BookId, CampaignId},
    keys::CampaignKey,
    organisation::Organisation,
    tariff::Quote,
    timestamp::Timestamp,
    wallet::Wallet,
};
use stores::{
    StoreError,
    campaigns::{CampaignHeader, SendAgain},
};
use web::{ApiError, Caller, ErrorCode};

use super::{request::SendGroup, resolve::Resolved};
use crate::{api::Api, shown};

/// A send with its price.
pub struct Priced {
    pub request: SendGroup,
    pub resolved: Resolved,
    pub quote: Quote,
    /// The guard against duplicates, if the organisation has one.
    pub guard: Option<DuplicateGuard>,
    /// The recipients of an earlier campaign that it sends to again.
    pub again: Option<SendAgain>,
    pub now: Timestamp,
}

impl Priced {
    pub fn recipients(&self) -> u64 {
        self.resolved.audience.recipients().len() as u64
    }
}

/// Prices the audience, and checks the sum against the request's own limit.
pub fn quote(
    organisation: &Organisation,
    request: &SendGroup,
    resolved: &Resolved,
) -> Result<Quote, ApiError> {
    let quote = organisation.tariff.quote(resolved.audience.recipients(), request.message.segments());
    let quote =
        quote.map_err(|error| StoreError::Unreadable { what: "a tariff", reason: error.to_string() })?;
    match request.max_cost {
        Some(limit) if quote.cost > limit => {
            let (cost, limit) = (shown::money(organisation, quote.cost), shown::money(organisation, limit));
            let detail = format!("The send costs {cost}, more than max_cost {limit}.");
            Err(ApiError::new(ErrorCode::MaxCostExceeded, detail))
        }
        _ => Ok(quote),
    }
}

/// The guard against sending the same text twice, if the organisation has one. `by_key` says whether the send has an
/// `Idempotency-Key`; the request's own `allow_duplicate` takes precedence.
pub fn guard(
    caller: &Caller,
    request: &SendGroup,
    resolved: &Resolved,
    by_key: Repetition,
) -> Option<DuplicateGuard> {
    let repetition = if request.allow_duplicate { Repetition::Meant } else { by_key };
    let fingerprint = || {
        let books: Vec<BookId> = resolved.books.iter().map(|book| book.id).collect();
        Fingerprint::of(request.message.as_str(), &books)
    };
    DuplicateGuard::of(caller.mode(), caller.organisation.duplicate_window, fingerprint, repetition)
}

/// The checks before anything is written. The transaction repeats them, and its result is final.
pub async fn check(api: &Api, caller: &Caller, priced: &mut Priced) -> Result<Wallet, ApiError> {
    let organisation = &*caller.organisation;
    let (wallet, daily, tests, last_send) = tokio::try_join!(
        api.backend.stores.accounts.wallets.get(organisation.id),
        daily_spending(api, caller, priced.now),
        daily_tests(api, caller, priced.now),
        last_send(api, organisation, priced.guard.as_ref()),
    )?;
    let check = Check {
        mode: caller.mode(),
        cost: priced.quote.cost,
        available: wallet.available,
        recipients: priced.recipients(),
        daily,
        tests,
        repeats: repeated_by_mistake(api, organisation, priced, last_send).await?,
    };
    match check.refusal() {
        Some(refusal) => Err(refused(organisation, priced, wallet, refusal)),
        None => Ok(wallet),
    }
}

/// The day's spending, if the organisation has a cap and the send counts towards it.
async fn daily_spending(
    api: &Api,
    caller: &Caller,
    now: Timestamp,
) -> Result<Option<DailySpending>, StoreError> {
    let organisation = &*caller.organisation;
    let cap = organisation.daily_spend_cap.filter(|_| caller.mode() == KeyMode::Live);
    let Some(cap) = cap else { return Ok(None) };
    let day = now.day(organisation.offset);
    let spent = api.backend.stores.campaigns.spent_on(organisation.id, &day).await?;
    Ok(Some(DailySpending { cap, spent }))
}

/// The day's test campaigns, if the send is a test.
async fn daily_tests(api: &Api, caller: &Caller, now: Timestamp) -> Result<Option<DailyTests>, StoreError> {
    if caller.mode() == KeyMode::Live {
        return Ok(None);
    }
    let organisation = &*caller.organisation;
    let day = now.day(organisation.offset);
    let recipients = api.backend.stores.campaigns.tested_on(organisation.id, &day).await?;
    Ok(Some(DailyTests { cap: organisation.daily_test_recipients, recipients }))
}

async fn last_send(
    api: &Api,
    organisation: &Organisation,
    guard: Option<&DuplicateGuard>,
) -> Result<Option<EarlierSend>, StoreError> {
    let Some(guard) = guard else { return Ok(None) };
    api.backend.stores.campaigns.last_send(organisation.id, &guard.fingerprint).await
}

/// The campaign that the send repeats by mistake. A campaign that reached no recipient may be repeated: the guard
/// records it, so that the transaction replaces it.
async fn repeated_by_mistake(
    api: &Api,
    organisation: &Organisation,
    priced: &mut Priced,
    last_send: Option<EarlierSend>,
) -> Result<Option<CampaignId>, StoreError> {
    let Some(guard) = &mut priced.guard else { return Ok(None) };
    let Some(campaign) = guard.repeats(last_send, priced.now) else { return Ok(None) };
    let key = CampaignKey { organisation: organisation.id, campaign };
    let header = api.backend.stores.campaigns.header(key).await?;
    guard.replaces = header.filter(CampaignHeader::reached_no_recipient).map(|_| campaign);
    Ok(guard.repeats(last_send, priced.now))
}

/// The answer to a send that is not accepted.
pub fn refused(organisation: &Organisation, priced: &Priced, wallet: Wallet, refusal: Refusal) -> ApiError {
    let quote = &priced.quote;
    let money = |amount| shown::money(organisation, amount);
    match refusal {
        Refusal::ClaimLost => {
            let detail = "Another request with this Idempotency-Key has taken over.";
            ApiError::new(ErrorCode::IdempotencyInProgress, detail).retry_after(1)
        }
        Refusal::InsufficientBalance => {
            let (cost, available) = (money(quote.cost), money(wallet.available));
            let detail = format!("Insufficient balance. Required {cost}, available {available}.");
            ApiError::new(ErrorCode::InsufficientBalance, detail)
        }
        Refusal::SpendCapReached => {
            let cap = money(organisation.daily_spend_cap.unwrap_or_default());
            let detail = format!("This send would pass the daily spend cap of {cap}.");
            ApiError::new(ErrorCode::SpendCapReached, detail)
        }
        Refusal::TestCapReached => test_cap_reached(organisation, priced),
        Refusal::Duplicate(earlier) => {
            let detail = format!(
                "Campaign {earlier} has just sent the same text to the same address books. \
                 To send it again, set allow_duplicate or use an Idempotency-Key."
            );
            ApiError::new(ErrorCode::DuplicateCampaign, detail).with("campaign_id", earlier.get())
        }
        Refusal::SentAgain(earlier) => sent_again(earlier),
    }
}

/// The answer to a send to recipients that were sent to again before.
pub fn sent_again(earlier: CampaignId) -> ApiError {
    let detail = format!(
        "Campaign {earlier} has sent again to these recipients. Send again from that campaign, or set \
         allow_duplicate."
    );
    ApiError::new(ErrorCode::AlreadySentAgain, detail).with("campaign_id", earlier.get())
}

/// A send that alone exceeds the cap can never pass, so only other sends get `Retry-After`.
fn test_cap_reached(organisation: &Organisation, priced: &Priced) -> ApiError {
    let (cap, recipients) = (organisation.daily_test_recipients, priced.recipients());
    let begins_again = priced.now.day_ends_at(organisation.offset);
    let detail = format!(
        "The test campaigns of a day may have {cap} recipients in all, and the {recipients} of this one \
         would exceed that. A new day begins at {}.",
        shown::time(organisation, begins_again)
    );
    let error = ApiError::new(ErrorCode::TestCapReached, detail);
    if recipients > cap {
        return error;
    }
    let seconds = begins_again.since(priced.now).secs_rounded_up();
    error.retry_after(u32::try_from(seconds).unwrap_or(u32::MAX))
}
