//! What a send costs, and whether it may.

use domain::{
    api_key::KeyMode, ids::CampaignId, money::Money, organisation::Organisation, tariff::Quote,
    timestamp::Timestamp, wallet::Wallet,
};
use sha2::{Digest, Sha256};
use stores::{StoreError, campaigns::DuplicateGuard};
use web::{ApiError, Caller, ErrorCode};

use super::{request::SendGroup, resolve::Resolved};
use crate::{api::Api, shown};

/// A send with its price.
pub struct Priced {
    /// What was asked for.
    pub request: SendGroup,
    /// Its recipients.
    pub resolved: Resolved,
    /// What it costs.
    pub quote: Quote,
    /// The guard against duplicates, if the organisation has one.
    pub guard: Option<DuplicateGuard>,
    /// When it was asked for.
    pub now: Timestamp,
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

/// The guard against sending the same twice, if the organisation has one.
///
/// Sends with a test key are never treated as duplicates: a test is usually followed by the same live send.
pub fn guard(caller: &Caller, request: &SendGroup, has_key: bool) -> Option<DuplicateGuard> {
    let window = caller.organisation.duplicate_window.filter(|_| caller.mode() == KeyMode::Live)?;
    let mut books = request.group_ids.clone();
    books.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(request.message.as_str().as_bytes());
    books.iter().for_each(|book| hash.update(book.0.as_bytes()));
    let allowed = request.allow_duplicate || has_key;
    Some(DuplicateGuard { fingerprint: hex::encode(hash.finalize()), window, allowed })
}

/// The cheap checks, before anything is written. The transaction decides again, for good.
pub async fn check(api: &Api, caller: &Caller, priced: &Priced) -> Result<Wallet, ApiError> {
    let Priced { quote, guard, now, .. } = priced;
    let organisation = &*caller.organisation;
    let stores = &api.backend.stores;
    let wallet = stores.accounts.wallets.get(organisation.id).await?;
    if caller.mode() == KeyMode::Live {
        if wallet.available < quote.cost {
            return Err(insufficient_balance(organisation, quote.cost, wallet.available));
        }
        if let Some(cap) = organisation.daily_spend_cap {
            let spent = stores.campaigns.spent_on(organisation.id, &now.day(organisation.offset)).await?;
            if spent.checked_add(quote.cost).is_ok_and(|sum| sum > cap) {
                return Err(spend_cap_reached(organisation, cap));
            }
        }
    }
    if let Some(guard) = guard
        && let Some(earlier) = stores.campaigns.sent_before(organisation.id, guard, *now).await?
    {
        return Err(duplicate(earlier));
    }
    Ok(wallet)
}

/// 402
pub fn insufficient_balance(organisation: &Organisation, cost: Money, available: Money) -> ApiError {
    let (cost, available) = (shown::money(organisation, cost), shown::money(organisation, available));
    let detail = format!("Insufficient balance. Required {cost}, available {available}.");
    ApiError::new(ErrorCode::InsufficientBalance, detail)
}

/// 402
pub fn spend_cap_reached(organisation: &Organisation, cap: Money) -> ApiError {
    let detail = format!("This send would pass the daily spend cap of {}.", shown::money(organisation, cap));
    ApiError::new(ErrorCode::SpendCapReached, detail)
}

/// 409
pub fn duplicate(earlier: CampaignId) -> ApiError {
    let detail = format!(
        "Campaign {earlier} has just sent the same text to the same address books. \
         Send with allow_duplicate or an Idempotency-Key if this is meant."
    );
    ApiError::new(ErrorCode::DuplicateCampaign, detail).with("campaign_id", earlier.get())
}
