//! The callback addresses: verify first, store nothing before, answer once it is queued.

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Path, State},
    routing::post,
};
use http::{HeaderMap, StatusCode, request::Parts};
use providers::{CallbackSecret, africastalking, sandbox};
use queue::ReportTask;
use web::{ApiError, body};

use crate::Receipts;

/// Largest callback read: the sandbox reports in groups, the others one by one.
const MAX_CALLBACK_BYTES: usize = 256 * 1024;

/// `POST /v1/providers/{provider}/receipts/…`
pub fn routes() -> Router<Receipts> {
    Router::new()
        .route("/v1/providers/sandbox/receipts", post(from_sandbox))
        .route("/v1/providers/africastalking/receipts/{secret}", post(from_africastalking))
        .route("/v1/providers/africastalking/opt-outs/{secret}", post(opt_out_from_africastalking))
}

async fn from_sandbox(
    State(receipts): State<Receipts>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, ApiError> {
    let secret = receipts.secrets.sandbox.as_ref().ok_or_else(no_such_address)?;
    let body = body::read_any(body, MAX_CALLBACK_BYTES).await?;
    let signature = headers.get(sandbox::receipt::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let reports = sandbox::receipt::read(secret, signature, &body).map_err(|error| match error {
        sandbox::receipt::ReceiptError::Forged => forged(),
        sandbox::receipt::ReceiptError::Malformed => malformed(&error.to_string()),
    })?;
    let tasks: Vec<ReportTask> = reports
        .into_iter()
        .map(|report| {
            let id = Some(report.provider_message_id);
            ReportTask::new(report.reference, id, report.receipt)
        })
        .collect();
    enqueue(&receipts, &tasks).await
}

/// Africa's Talking signs nothing: its address is the secret.
async fn from_africastalking(
    State(receipts): State<Receipts>,
    Segment(segment): Segment,
    body: Body,
) -> Result<StatusCode, ApiError> {
    check_address(&receipts, &segment)?;
    let body = body::read_any(body, MAX_CALLBACK_BYTES).await?;
    let form = africastalking::receipt::parse(&body).map_err(|error| malformed(&error.to_string()))?;
    let Some(msisdn) = form.msisdn else {
        tracing::warn!(provider = "africastalking", "a report without a phone number cannot be placed");
        return Ok(StatusCode::OK);
    };
    let found = receipts.locator.find(msisdn).await?;
    let Some((first, others)) = found.split_first() else {
        tracing::info!(provider = "africastalking", "a report is about no message of ours");
        return Ok(StatusCode::OK);
    };
    let id = Some(form.provider_message_id);
    let task = ReportTask::new(*first, id, form.receipt);
    let task = task.found_by_number(others.to_vec());
    enqueue(&receipts, &[task]).await
}

/// Somebody told the network that they want no more texts under a sender id: they join the opt-outs of
/// every organisation that may send under it, however long ago the last text was.
async fn opt_out_from_africastalking(
    State(receipts): State<Receipts>,
    Segment(segment): Segment,
    body: Body,
) -> Result<StatusCode, ApiError> {
    check_address(&receipts, &segment)?;
    let body = body::read_any(body, MAX_CALLBACK_BYTES).await?;
    let form =
        africastalking::receipt::parse_opt_out(&body).map_err(|error| malformed(&error.to_string()))?;
    let accounts = &receipts.stores.accounts;
    let organisations = accounts.organisations.sending_as(&form.sender).await?;
    if organisations.is_empty() {
        tracing::warn!(provider = "africastalking", "an opt-out is of a sender id that nobody has");
    }
    for organisation in organisations {
        accounts.opt_outs.add(organisation, &[form.msisdn]).await?;
    }
    Ok(StatusCode::OK)
}

/// The last segment of an address that is a secret. What is no text is nobody's secret.
struct Segment(String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let segment = Path::<String>::from_request_parts(parts, state).await;
        segment.map(|Path(text)| Self(text)).map_err(|_| forged())
    }
}

fn check_address(receipts: &Receipts, segment: &str) -> Result<(), ApiError> {
    let known = |secret: &&CallbackSecret| secret.is(segment);
    receipts.secrets.africastalking.as_ref().filter(known).map(drop).ok_or_else(forged)
}

/// Only a 2xx once it is queued: the provider asks again otherwise.
async fn enqueue(receipts: &Receipts, tasks: &[ReportTask]) -> Result<StatusCode, ApiError> {
    match receipts.queues.enqueue_reports(tasks).await {
        Ok(()) => Ok(StatusCode::OK),
        Err(error) => {
            tracing::error!(%error, "delivery reports could not be queued");
            let detail = "The report could not be taken right now; send it again.";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail).retry_after(5))
        }
    }
}

fn forged() -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "forged_callback", "This callback is not the provider's.")
}

fn malformed(reason: &str) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "malformed_callback",
        format!("The callback cannot be read: {reason}."),
    )
}

fn no_such_address() -> ApiError {
    ApiError::not_found("unknown_path", "There is nothing at this path.")
}
