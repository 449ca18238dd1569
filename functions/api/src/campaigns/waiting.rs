//! Why a campaign under way waits for the provider, in words.
//!
//! It is read of the account when it is asked for, and stored with no campaign: so it is true, and ends by itself.

use domain::{api_key::KeyMode, organisation::Organisation, pacing::AccountTurns, timestamp::Timestamp};
use serde::Serialize;
use stores::campaigns::CampaignHeader;

use crate::{api::Api, shown};

/// Why nothing is handed over at present.
#[derive(Clone, Serialize)]
pub struct Waiting {
    reason: &'static str,
    /// Since when, if it is known.
    since: Option<String>,
    next_try_at: String,
    detail: String,
}

/// The turns of the provider's account, if any of these campaigns may wait for it. If they cannot be read, no campaign
/// says that it waits: what else is known of it is worth an answer.
pub async fn turns_for<'a>(
    api: &Api,
    mut headers: impl Iterator<Item = &'a CampaignHeader>,
) -> Option<AccountTurns> {
    if !headers.any(uses_account) {
        return None;
    }
    let stored = api.backend.stores.campaigns.account_turns(api.account).await;
    let unread = |error| tracing::warn!(%error, account = %api.account, "an account's turns cannot be read");
    stored.map_err(unread).ok().map(|stored| stored.turns())
}

const fn uses_account(header: &CampaignHeader) -> bool {
    header.state.is_sending() && matches!(header.mode, KeyMode::Live)
}

impl Waiting {
    /// Of a campaign; `None` if it does not wait for the provider.
    pub fn of(
        organisation: &Organisation,
        header: &CampaignHeader,
        turns: Option<AccountTurns>,
        now: Timestamp,
    ) -> Option<Self> {
        let turns = turns.filter(|_| uses_account(header))?;
        let next_try_at = shown::time(organisation, turns.closed_until().max(now));
        if let Some(since) = turns.doubt().since() {
            let since = shown::time(organisation, since);
            let detail = format!(
                "The provider has given no answer that can be relied on since {since}. Until it does, nothing more is \
                 sent but a few messages now and then to try it; next at {next_try_at}. Sending goes on by itself."
            );
            return Some(Self { reason: "provider_in_doubt", since: Some(since), next_try_at, detail });
        }
        (turns.closed_until() > now).then(|| Self {
            reason: "provider_asked_to_wait",
            since: None,
            detail: format!(
                "The provider has asked for a pause until {next_try_at}. Sending goes on by itself."
            ),
            next_try_at,
        })
    }
}
