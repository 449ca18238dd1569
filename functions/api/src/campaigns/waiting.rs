//! Why a campaign under way waits for the provider or for the operator, as a sentence.
//!
//! It is read from the account and the stops for each request and stored with no campaign, so it is always current.

use std::sync::Arc;

use domain::{
    api_key::KeyMode,
    ids::AccountName,
    organisation::Organisation,
    pacing::{AccountTurns, Standing},
    stop::{AccountHold, Activity, Stops},
    timestamp::Timestamp,
};
use futures_util::future::OptionFuture;
use serde::Serialize;
use stores::campaigns::CampaignHeader;
use web::Backend;

use crate::{api::Api, routing::OrganisationRouting, shown};

/// Why no recipient is handed over at present.
#[derive(Clone, Serialize)]
pub struct Waiting {
    reason: &'static str,
    /// Since when, if it is known.
    since: Option<String>,
    /// When sending may go on at the earliest, if it goes on by itself.
    next_try_at: Option<String>,
    detail: String,
}

/// The causes of waiting that could be read. One that cannot be read is left out, because the rest of the status is
/// still useful.
#[derive(Default)]
pub struct Causes {
    /// The turns of the account that opens first, if no account of the organisation's routes is open.
    turns: Option<AccountTurns>,
    stops: Arc<Stops>,
    /// The last hold, if all those accounts are held.
    hold: Option<AccountHold>,
}

impl Causes {
    /// Reads the causes for these campaigns; reads nothing if none of them is sending.
    pub async fn read<'a>(api: &Api, headers: impl Iterator<Item = &'a CampaignHeader>) -> Self {
        let sending: Vec<_> = headers.filter(|header| header.state.is_sending()).collect();
        if sending.is_empty() {
            return Self::default();
        }
        let live = sending.into_iter().find(|header| uses_account(header));
        let (accounts, stops) =
            tokio::join!(OptionFuture::from(live.map(|header| accounts(api, header))), stops(api));
        let accounts = accounts.unwrap_or_default();
        let holds: Option<Vec<_>> = accounts.iter().map(|account| stops.hold(*account).cloned()).collect();
        let hold = holds.and_then(|holds| holds.into_iter().max_by_key(|hold| hold.since));
        let not_held: Vec<_> =
            accounts.into_iter().filter(|account| stops.hold(*account).is_none()).collect();
        Self { turns: closed_turns(api, &not_held).await, stops, hold }
    }
}

/// The accounts that an organisation's routes lead to.
async fn accounts(api: &Api, header: &CampaignHeader) -> Vec<AccountName> {
    match OrganisationRouting::read(api, header.key.organisation).await {
        Ok(routing) => routing.routes.accounts().into_iter().collect(),
        Err(error) => {
            tracing::warn!(%error, "the routes cannot be read");
            vec![api.account]
        }
    }
}

/// The turns of the account that opens first; `None` if one is open, or cannot be read.
async fn closed_turns(api: &Api, accounts: &[AccountName]) -> Option<AccountTurns> {
    let now = api.backend.clock.now();
    let mut first: Option<AccountTurns> = None;
    for account in accounts {
        let stored = api.backend.stores.campaigns.account_turns(*account).await;
        let unread = |error| tracing::warn!(%error, %account, "an account's turns cannot be read");
        let turns = stored.map_err(unread).ok()?.turns().clone();
        if turns.standing(now) == Standing::Open && !turns.doubt().lasts() {
            return None;
        }
        let is_first = first.as_ref().is_none_or(|first| turns.closed_until() < first.closed_until());
        first = if is_first { Some(turns) } else { first };
    }
    first
}

async fn stops(api: &Api) -> Arc<Stops> {
    let Backend { stores, clock } = &api.backend;
    let unread = |error| tracing::warn!(%error, "the stops cannot be read");
    stores.accounts.stops.current(clock).await.map_err(unread).unwrap_or_default()
}

const fn uses_account(header: &CampaignHeader) -> bool {
    header.state.is_sending() && matches!(header.mode, KeyMode::Live)
}

impl Waiting {
    /// Why a campaign waits; `None` if it does not.
    pub fn of(
        organisation: &Organisation,
        header: &CampaignHeader,
        causes: &Causes,
        now: Timestamp,
    ) -> Option<Self> {
        let stop = causes.stops.find(header.key.organisation, Activity::Dispatching);
        let hold = causes.hold.as_ref().filter(|_| uses_account(header));
        let since = [stop.map(|stop| stop.since), hold.map(|hold| hold.since)].into_iter().flatten().min();
        if let Some(since) = since.filter(|_| header.state.is_sending()) {
            return Some(Self::for_operator(organisation, header, since));
        }
        let turns = causes.turns.as_ref().filter(|_| uses_account(header))?;
        Self::for_provider(organisation, turns, now)
    }

    fn for_operator(organisation: &Organisation, header: &CampaignHeader, since: Timestamp) -> Self {
        let [since, valid_until] = [since, header.valid_until].map(|at| shown::time(organisation, at));
        let detail = format!(
            "The operator stopped sending at {since}. Sending goes on when the operator ends the stop; \
             messages that have not been handed over by {valid_until} are refunded."
        );
        Self { reason: "operator_stopped", since: Some(since), next_try_at: None, detail }
    }

    fn for_provider(organisation: &Organisation, turns: &AccountTurns, now: Timestamp) -> Option<Self> {
        let next_try_at = shown::time(organisation, turns.closed_until().max(now));
        if let Some(since) = turns.doubt().since() {
            let since = shown::time(organisation, since);
            let detail = format!(
                "The provider has given no reliable answer since {since}. Until it does, only a few \
                 messages are sent to test it, the next at {next_try_at}. Sending then goes on by itself."
            );
            let (since, next_try_at) = (Some(since), Some(next_try_at));
            return Some(Self { reason: "provider_in_doubt", since, next_try_at, detail });
        }
        (turns.closed_until() > now).then(|| Self {
            reason: "provider_asked_to_wait",
            since: None,
            detail: format!(
                "The provider has asked for a pause until {next_try_at}. Sending goes on by itself."
            ),
            next_try_at: Some(next_try_at),
        })
    }
}
