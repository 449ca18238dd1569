//! The callback addresses: verify first, store nothing before, answer once the report is queued.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Path, State};
use domain::{
    ids::OrganisationId,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    sender_id::SenderId,
};
use http::{StatusCode, request::Parts};
use platform::telemetry;
use providers::{
    CallbackSecret,
    africastalking::{self, receipt::OptOutForm},
    sandbox,
};
use queue::ReportTask;
use web::{Access, ApiError, Endpoint, ErrorCode, Route, body::UnreadBody};

use crate::{FUNCTION, callbacks::Callbacks};

/// Largest callback read: the sandbox reports in groups, the others one by one.
const MAX_CALLBACK_BYTES: usize = 256 * 1024;

/// This function's part of the route table.
pub fn endpoints() -> Vec<Endpoint<Callbacks>> {
    let callback = |path| Route::post(path, Access::Provider).takes(&[], MAX_CALLBACK_BYTES);
    vec![
        callback("/v1/providers/sandbox/receipts").to(from_sandbox),
        callback("/v1/providers/africastalking/receipts/{secret}").to(from_africastalking),
        callback("/v1/providers/africastalking/opt-outs/{secret}").to(opt_out_from_africastalking),
    ]
}

async fn from_sandbox(State(callbacks): State<Callbacks>, body: UnreadBody) -> Result<StatusCode, ApiError> {
    let secret = callbacks.secrets.sandbox.as_ref().ok_or_else(ApiError::unknown_path)?;
    let signature = body.headers().get(sandbox::receipt::SIGNATURE_HEADER);
    let signature = signature.and_then(|value| value.to_str().ok()).map(str::to_owned);
    let body = body.read().await?;
    let reports =
        sandbox::receipt::read(secret, signature.as_deref(), &body).map_err(|error| match error {
            sandbox::receipt::ReceiptError::Forged => forged(&callbacks),
            sandbox::receipt::ReceiptError::Malformed => malformed(&error.to_string()),
        })?;
    let tasks: Vec<ReportTask> = reports
        .into_iter()
        .map(|report| {
            let id = Some(report.provider_message_id);
            ReportTask::new(report.reference, id, report.receipt)
        })
        .collect();
    enqueue(&callbacks, &tasks).await
}

/// Africa's Talking signs nothing: its address is the secret.
async fn from_africastalking(
    State(callbacks): State<Callbacks>,
    SecretSegment(segment): SecretSegment,
    body: UnreadBody,
) -> Result<StatusCode, ApiError> {
    check_address(&callbacks, &segment)?;
    let body = body.read().await?;
    let form = africastalking::receipt::parse(&body).map_err(|error| malformed(&error.to_string()))?;
    if let Some(word) = &form.unlisted {
        tracing::warn!(provider = "africastalking", provider.code = word, "a report has an unlisted status");
        count(&callbacks, telemetry::UNLISTED_REPORTS);
    }
    if form.numbers.is_empty() {
        tracing::warn!(provider = "africastalking", "a report without a readable phone number was dropped");
        count(&callbacks, telemetry::UNPLACED_REPORTS);
        return Ok(StatusCode::OK);
    }
    let found = callbacks.locator.find(&form.numbers).await?;
    let Some((first, others)) = found.split_first() else {
        tracing::info!(provider = "africastalking", "a report is about no message of ours");
        return Ok(StatusCode::OK);
    };
    let id = Some(form.provider_message_id);
    let task = ReportTask::new(*first, id, form.receipt);
    let task = task.found_by_number(others.to_vec());
    enqueue(&callbacks, &[task]).await
}

/// A person told the network that they want no more texts under a sender id: they join the opt-outs of
/// every organisation that may send under it, however long ago the last text was.
async fn opt_out_from_africastalking(
    State(callbacks): State<Callbacks>,
    SecretSegment(segment): SecretSegment,
    body: UnreadBody,
) -> Result<StatusCode, ApiError> {
    check_address(&callbacks, &segment)?;
    let body = body.read().await?;
    let form =
        africastalking::receipt::parse_opt_out(&body).map_err(|error| malformed(&error.to_string()))?;
    let accounts = &callbacks.stores.accounts;
    let organisations = accounts.organisations.sending_as(&form.sender).await?;
    if organisations.is_empty() {
        tracing::warn!(provider = "africastalking", "an opt-out is of a sender id that nobody has");
    }
    let sender = SenderId::parse(&form.sender).ok();
    let origin = OptOutOrigin::new(OptOutSource::Network, sender, callbacks.clock.now());
    for organisation in organisations {
        let Some(number) = opt_out_number(&callbacks, &form, organisation).await? else {
            telemetry::organisation(organisation)
                .in_scope(|| tracing::warn!("an opt-out's number is of no country that is known"));
            count(&callbacks, telemetry::UNPLACED_REPORTS);
            continue;
        };
        accounts.opt_outs.add(organisation, &[number], &origin).await?;
    }
    Ok(StatusCode::OK)
}

/// The number of an opt-out. The national form is read as of the organisation's home country, as its imports are.
async fn opt_out_number(
    callbacks: &Callbacks,
    form: &OptOutForm,
    organisation: OrganisationId,
) -> Result<Option<Msisdn>, ApiError> {
    if let Some(number) = form.number() {
        return Ok(Some(number));
    }
    let organisation = callbacks.stores.accounts.organisations.get(organisation).await?;
    Ok(organisation.and_then(|organisation| form.number_in(&organisation.home_country)))
}

fn count(callbacks: &Callbacks, metric: &str) {
    telemetry::metrics(callbacks.clock.now().millis(), FUNCTION, &[(metric, 1)]);
}

/// The last segment of an address, which is a secret. A segment that is not valid UTF-8 is read as an empty one, which
/// never matches.
struct SecretSegment(String);

impl<S: Send + Sync> FromRequestParts<S> for SecretSegment {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(segment.map(|Path(text)| text).unwrap_or_default()))
    }
}

fn check_address(callbacks: &Callbacks, segment: &str) -> Result<(), ApiError> {
    let known = |secret: &&CallbackSecret| secret.is(segment);
    callbacks.secrets.africastalking.as_ref().filter(known).map(drop).ok_or_else(|| forged(callbacks))
}

/// Only a 2xx once it is queued: the provider asks again otherwise.
async fn enqueue(callbacks: &Callbacks, tasks: &[ReportTask]) -> Result<StatusCode, ApiError> {
    match callbacks.queues.enqueue_reports(tasks).await {
        Ok(()) => Ok(StatusCode::OK),
        Err(error) => {
            tracing::error!(%error, "delivery reports could not be queued");
            let detail = "The report could not be taken right now; send it again.";
            Err(ApiError::new(ErrorCode::Unavailable, detail).retry_after(5))
        }
    }
}

fn forged(callbacks: &Callbacks) -> ApiError {
    callbacks.forged.count(callbacks.clock.now());
    ApiError::new(ErrorCode::ForgedCallback, "This callback is not the provider's.")
}

fn malformed(reason: &str) -> ApiError {
    ApiError::new(ErrorCode::MalformedCallback, format!("The callback cannot be read: {reason}."))
}
