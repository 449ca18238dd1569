//! The callback address: verify first, store nothing before, answer once the report is queued.
//!
//! `/v1/providers/{account}/{event}/{secret}` names an account; the reader of its kind verifies the call and reads it.

use axum::extract::State;
use domain::{
    ids::{AccountName, OrganisationId},
    keys::MessageKey,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    sender_id::SenderId,
};
use http::StatusCode;
use locator::Found;
use platform::telemetry;
use providers::{About, OptOut, Report};
use queue::ReportTask;
use web::{Access, ApiError, Endpoint, ErrorCode, Route, body::UnreadBody};

use crate::{
    FUNCTION,
    address::Address,
    call::{Call, Content, Rejection, Verified},
    callbacks::Callbacks,
};

/// Largest callback read: some providers report in groups, others one by one.
const MAX_CALLBACK_BYTES: usize = 256 * 1024;

/// This function's part of the route table.
pub fn endpoints() -> Vec<Endpoint<Callbacks>> {
    let paths = ["/v1/providers/{account}/{event}", "/v1/providers/{account}/{event}/{secret}"];
    let post = |path| Route::post(path, Access::Provider).takes(&[], MAX_CALLBACK_BYTES).to(called_back);
    // The body of a GET is read too, so that a call with the wrong method is answered 405 and not 415.
    let get = |path| Route::get(path, Access::Provider).takes(&[], MAX_CALLBACK_BYTES).to(called_back);
    paths.into_iter().flat_map(|path| [post(path), get(path)]).collect()
}

async fn called_back(
    State(callbacks): State<Callbacks>,
    address: Address,
    request: UnreadBody,
) -> Result<StatusCode, ApiError> {
    let call = read(&callbacks, address, request).await?;
    let Callbacks { accounts, stores, clock, .. } = &callbacks;
    let verified = accounts.verify(&call, stores, clock.now()).await;
    let Verified { account, content } = verified.map_err(|rejection| turn_away(&callbacks, &rejection))?;
    match content {
        Content::Reports(reports) => take_reports(&callbacks, account, reports).await,
        Content::OptOuts(opt_outs) => take_opt_outs(&callbacks, account, opt_outs).await,
    }
}

/// Reads a call whole. One that cannot be read is not verified, and counts as forged.
async fn read(callbacks: &Callbacks, address: Address, request: UnreadBody) -> Result<Call, ApiError> {
    let Address { account, event, secret } = address;
    let (method, url) = (request.method().clone(), callbacks.url_as_signed(request.url()));
    let headers = request.headers().clone();
    let body = request.read().await.inspect_err(|_| callbacks.count_forged())?;
    Ok(Call { account, event, method, url, secret, headers, body })
}

/// Counts a rejected call. Only a verified call gets a line of its own in the log, because anyone can make the others.
fn turn_away(callbacks: &Callbacks, rejection: &Rejection) -> ApiError {
    match rejection {
        Rejection::Malformed(account, reason) => {
            tracing::warn!(%account, reason, "a callback cannot be read");
            count(callbacks, telemetry::MALFORMED_CALLBACKS);
        }
        _ => callbacks.count_forged(),
    }
    rejection.answer()
}

async fn take_reports(
    callbacks: &Callbacks,
    account: AccountName,
    reports: Vec<Report>,
) -> Result<StatusCode, ApiError> {
    let (mut named, mut unnamed) = (Vec::new(), Vec::new());
    for report in reports {
        note_unlisted(callbacks, account, &report);
        let Report { about, provider_message_id, times_put_off, receipt, .. } = report;
        match about {
            About::Reference(message) => {
                let task = ReportTask::new(message, account, provider_message_id, receipt);
                named.push(task.of_hand_over(times_put_off));
            }
            About::Numbers(numbers) => unnamed.push((numbers, provider_message_id, receipt)),
        }
    }
    // Queued before any search: if a search fails or lasts too long, these are not lost with it.
    enqueue(callbacks, &named).await?;
    let mut found = Vec::new();
    for (numbers, provider_message_id, receipt) in unnamed {
        let messages = find(callbacks, account, &numbers).await?;
        let Some((first, others)) = messages.split_first() else { continue };
        let task = ReportTask::new(*first, account, provider_message_id, receipt);
        found.push(task.found_by_number(others.to_vec()));
    }
    enqueue(callbacks, &found).await
}

/// Logs and counts a status that the provider's documentation does not list.
fn note_unlisted(callbacks: &Callbacks, account: AccountName, report: &Report) {
    if let Some(word) = &report.unlisted {
        tracing::warn!(%account, provider.code = word, "a report has an unlisted status");
        count(callbacks, telemetry::UNLISTED_REPORTS);
    }
}

/// The messages that a report without a reference may be about; none if it is not about a message of this deployment.
async fn find(
    callbacks: &Callbacks,
    account: AccountName,
    numbers: &[Msisdn],
) -> Result<Vec<MessageKey>, ApiError> {
    if numbers.is_empty() {
        tracing::warn!(%account, "a report that names no message and no phone number of ours was dropped");
        count(callbacks, telemetry::UNPLACED_REPORTS);
        return Ok(Vec::new());
    }
    let Found { messages, beyond, .. } = callbacks.locator.find(account, numbers).await?;
    if messages.is_empty() {
        note_unfound(callbacks, account, beyond);
    }
    Ok(messages)
}

/// Counts a report whose message was not among the campaigns that were searched. Its number cannot be queued for a
/// longer search.
fn note_unfound(callbacks: &Callbacks, account: AccountName, beyond: usize) {
    if beyond == 0 {
        tracing::info!(%account, "a report is about no message of ours");
        return;
    }
    tracing::warn!(%account, campaigns = beyond, "a report was not looked for in the oldest campaigns");
    count(callbacks, telemetry::UNSEARCHED_REPORTS);
}

/// A person told the network that they want no more texts under a sender id: they join the opt-outs of
/// every organisation that may send under it, however long ago the last text was.
async fn take_opt_outs(
    callbacks: &Callbacks,
    account: AccountName,
    opt_outs: Vec<OptOut>,
) -> Result<StatusCode, ApiError> {
    for opt_out in opt_outs {
        take_opt_out(callbacks, account, &opt_out).await?;
    }
    Ok(StatusCode::OK)
}

async fn take_opt_out(callbacks: &Callbacks, account: AccountName, opt_out: &OptOut) -> Result<(), ApiError> {
    let accounts = &callbacks.stores.accounts;
    let organisations = accounts.organisations.sending_as(&opt_out.sender).await?;
    if organisations.is_empty() {
        tracing::warn!(%account, "an opt-out is of a sender id that no organisation has");
    }
    let sender = SenderId::parse(&opt_out.sender).ok();
    let origin = OptOutOrigin::new(OptOutSource::Network, sender, callbacks.clock.now());
    for organisation in organisations {
        let Some(number) = opt_out_number(callbacks, opt_out, organisation).await? else {
            telemetry::organisation(organisation)
                .in_scope(|| tracing::warn!("an opt-out's number is of no country that is known"));
            count(callbacks, telemetry::UNPLACED_REPORTS);
            continue;
        };
        accounts.opt_outs.add(organisation, &[number], &origin).await?;
    }
    Ok(())
}

/// The number of an opt-out. The national form is read as of the organisation's home country, as its imports are.
async fn opt_out_number(
    callbacks: &Callbacks,
    opt_out: &OptOut,
    organisation: OrganisationId,
) -> Result<Option<Msisdn>, ApiError> {
    if let Some(number) = opt_out.number() {
        return Ok(Some(number));
    }
    let organisation = callbacks.stores.accounts.organisations.get(organisation).await?;
    Ok(organisation.and_then(|organisation| opt_out.number_in(&organisation.home_country)))
}

fn count(callbacks: &Callbacks, metric: &str) {
    telemetry::metrics(callbacks.clock.now().millis(), FUNCTION, &[(metric, 1)]);
}

/// Queues the tasks before the call is answered with 2xx: after another answer the provider repeats its call.
async fn enqueue(callbacks: &Callbacks, tasks: &[ReportTask]) -> Result<StatusCode, ApiError> {
    if tasks.is_empty() {
        return Ok(StatusCode::OK);
    }
    match callbacks.queues.enqueue_reports(tasks).await {
        Ok(()) => Ok(StatusCode::OK),
        Err(error) => {
            tracing::error!(%error, "delivery reports could not be queued");
            let detail = "The report could not be taken right now; send it again.";
            Err(ApiError::new(ErrorCode::Unavailable, detail).retry_after(5))
        }
    }
}
