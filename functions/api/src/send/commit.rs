//! Commits a send: writes the batches, which nothing refers to yet, then the transaction, then enqueues.

use domain::{api_key::KeyMode, campaign::CampaignStatus};
use http::StatusCode;
use platform::telemetry;
use stores::{
    accounts::idempotency::{Answer, Claim},
    campaigns::{Acceptance, Accepted, DailyCap, TestCap},
};
use web::{ApiError, Caller, idempotency};

use super::{
    answer::SendView,
    campaign,
    price::{self, Priced},
};
use crate::{api::Api, campaigns::view::CampaignView};

/// Commits a send and answers it.
pub async fn commit(
    api: &Api,
    caller: &Caller,
    send: Priced,
    claim: Option<&Claim>,
) -> Result<Answer, ApiError> {
    let organisation = &*caller.organisation;
    let (accounts, campaigns) = (&api.backend.stores.accounts, &api.backend.stores.campaigns);
    let campaign = accounts.organisations.next_campaign(organisation.id).await?;
    telemetry::of_campaign(campaign.get());
    let begins = campaign::begin(api, caller, &send);
    let header = campaign::header(caller, &send, campaign, &begins);
    let view = SendView::new(CampaignView::accepted(organisation, &header), &send);
    let answer = idempotency::answer(StatusCode::ACCEPTED, &view)?;
    let (audience, size) = (&send.resolved.audience, header.batch_recipients);
    campaigns.write_batches(header.key, header.mode, audience, size, begins.kept_until).await?;
    let day = || send.now.day(organisation.offset);
    let daily_cap = |cap| DailyCap { cap, day: day() };
    let is_test = header.mode == KeyMode::Test;
    let test_cap = is_test.then(|| TestCap { cap: organisation.daily_test_recipients, day: day() });
    let acceptance = Acceptance {
        begins,
        header,
        text: campaign::text(caller, &send),
        idempotency: claim.map(|claim| (claim.clone(), answer.clone())),
        daily_cap: organisation.daily_spend_cap.map(daily_cap),
        test_cap,
        guard: send.guard.clone(),
        again: send.again.clone(),
    };
    match campaigns.accept(&acceptance, &accounts.idempotency, send.now).await? {
        Ok(Accepted) => {
            if acceptance.header.state != CampaignStatus::Scheduled {
                api.ask_for_batches(&acceptance.header).await;
            }
            Ok(answer)
        }
        Err(refusal) => {
            if let Err(error) = campaigns.discard_batches(&acceptance.header).await {
                tracing::warn!(%error, "a refused send has left batches, which expire");
            }
            let wallet = accounts.wallets.get(organisation.id).await?;
            Err(price::refused(organisation, &send, wallet, refusal))
        }
    }
}
