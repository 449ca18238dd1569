//! The commit: batches, which nothing reads yet; the one transaction; the queue.

use domain::{campaign::CampaignStatus, organisation::Organisation, tariff::Quote};
use http::StatusCode;
use stores::{
    accounts::idempotency::{Answer, Claim},
    campaigns::{Acceptance, Accepted, NotAccepted},
};
use web::{ApiError, Caller, ErrorCode, idempotency};

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
    let header = campaign::header(caller, &send, campaign, api.batch_recipients);
    let view = SendView::new(CampaignView::accepted(organisation, &header), &send);
    let answer = idempotency::answer(StatusCode::ACCEPTED, &view)?;
    let starts_at = send.starts_at();
    let (audience, size) = (&send.resolved.audience, header.batch_recipients);
    campaigns.write_batches(header.key(), audience, size, starts_at).await?;
    let acceptance = Acceptance {
        header,
        text: campaign::text(organisation, &send),
        idempotency: claim.map(|claim| (claim.clone(), answer.clone())),
        daily_cap: organisation.daily_spend_cap.map(|cap| (cap, send.now.day(organisation.offset))),
        guard: send.guard,
    };
    match campaigns.accept(&acceptance, &accounts.idempotency, send.now).await? {
        Ok(Accepted) => {
            if acceptance.header.state != CampaignStatus::Scheduled {
                api.ask_for_batches(&acceptance.header).await;
            }
            Ok(answer)
        }
        Err(refusal) => Err(refused(api, organisation, &send.quote, refusal).await?),
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
            let wallet = api.backend.stores.accounts.wallets.get(organisation.id).await?;
            price::insufficient_balance(organisation, quote.cost, wallet.available)
        }
        NotAccepted::SpendCapReached => {
            price::spend_cap_reached(organisation, organisation.daily_spend_cap.unwrap_or_default())
        }
        NotAccepted::Duplicate(earlier) => price::duplicate(earlier),
        NotAccepted::ClaimLost => ApiError::new(
            ErrorCode::IdempotencyInProgress,
            "Another request with this Idempotency-Key has taken over.",
        )
        .retry_after(1),
    })
}
