//! The callback address: verify first, store nothing before, answer once the report is queued.
//!
//! `/v1/providers/{account}/{event}/{secret}` names an account; the reader of its kind verifies the call and reads it.

use axum::extract::State;
use bytes::Bytes;
use domain::{
    ids::OrganisationId,
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    sender_id::SenderId,
};
use http::{HeaderMap, StatusCode};
use platform::telemetry;
use providers::{About, Callback, CallbackError, CallbackReader, OptOut, Report};
use queue::ReportTask;
use web::{Access, ApiError, Endpoint, ErrorCode, Route, body::UnreadBody};

use crate::{
    FUNCTION,
    accounts::CallbackAccount,
    address::{Address, Event},
    callbacks::Callbacks,
};

/// Largest callback read: some providers report in groups, others one by one.
const MAX_CALLBACK_BYTES: usize = 256 * 1024;

/// This function's part of the route table.
pub fn endpoints() -> Vec<Endpoint<Callbacks>> {
    let paths = ["/v1/providers/{account}/{event}", "/v1/providers/{account}/{event}/{secret}"];
    let post = |path| Route::post(path, Access::Provider).takes(&[], MAX_CALLBACK_BYTES).to(called_back);
    let get = |path| Route::get(path, Access::Provider).to(called_back);
    paths.into_iter().flat_map(|path| [post(path), get(path)]).collect()
}

async fn called_back(
    State(callbacks): State<Callbacks>,
    address: Address,
    request: UnreadBody,
) -> Result<StatusCode, ApiError> {
    let account = &account_of(&callbacks, &address).await?;
    let reader = reader_of(account)?;
    let refused = |error| refusal(&callbacks, account, error);
    if account.kind.callbacks.map(|callbacks| callbacks.method.method()).as_ref() != Some(request.method()) {
        return Err(refused(CallbackError::Forged));
    }
    let call = Call {
        url: callbacks.url_as_signed(request.url()),
        secret: address.secret,
        headers: request.headers().clone(),
        body: request.read().await?,
    };
    match address.event {
        Some(Event::Receipts) => {
            let reports = reader.reports(&call.callback()).map_err(refused)?;
            take_reports(&callbacks, account, reports).await
        }
        Some(Event::OptOuts) => {
            let opt_outs = reader.opt_outs(&call.callback()).map_err(refused)?;
            take_opt_outs(&callbacks, account, opt_outs).await
        }
        None => Err(ApiError::unknown_path()),
    }
}

/// A callback, with its body.
struct Call {
    url: String,
    secret: Option<String>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    fn callback(&self) -> Callback<'_> {
        let (url, path_secret) = (self.url.as_str(), self.secret.as_deref());
        Callback { url, path_secret, headers: &self.headers, body: &self.body }
    }
}

/// The account that an address names. Calls of unknown accounts are counted as forged: somebody tries addresses, or an
/// account was removed here and not at the provider.
async fn account_of(callbacks: &Callbacks, address: &Address) -> Result<CallbackAccount, ApiError> {
    let Callbacks { accounts, stores, clock, .. } = callbacks;
    if let Some(account) = accounts.named(&address.account, stores, clock).await? {
        return Ok(account);
    }
    callbacks.count_forged();
    let detail = "No provider account of this name is called back here.";
    Err(ApiError::new(ErrorCode::UnknownPath, detail))
}

fn reader_of(account: &CallbackAccount) -> Result<&dyn CallbackReader, ApiError> {
    account.reader.as_deref().ok_or_else(|| {
        tracing::error!(account = %account.name, "a callback of an account that cannot start is turned away");
        ApiError::new(ErrorCode::Unavailable, "This account is not configured; call again.").retry_after(60)
    })
}

async fn take_reports(
    callbacks: &Callbacks,
    account: &CallbackAccount,
    reports: Vec<Report>,
) -> Result<StatusCode, ApiError> {
    let mut tasks = Vec::with_capacity(reports.len());
    for report in reports {
        if let Some(word) = &report.unlisted {
            tracing::warn!(account = %account.name, provider.code = word, "a report has an unlisted status");
            count(callbacks, telemetry::UNLISTED_REPORTS);
        }
        tasks.extend(task_of(callbacks, account, report).await?);
    }
    enqueue(callbacks, &tasks).await
}

/// The task of a report; `None` if it is about no message of ours.
async fn task_of(
    callbacks: &Callbacks,
    account: &CallbackAccount,
    report: Report,
) -> Result<Option<ReportTask>, ApiError> {
    let Report { about, provider_message_id, receipt, .. } = report;
    let numbers = match about {
        About::Reference(message) => {
            return Ok(Some(ReportTask::new(message, provider_message_id, receipt)));
        }
        About::Numbers(numbers) => numbers,
    };
    if numbers.is_empty() {
        tracing::warn!(account = %account.name, "a report without a readable phone number was dropped");
        count(callbacks, telemetry::UNPLACED_REPORTS);
        return Ok(None);
    }
    let found = callbacks.locator.find(&numbers).await?;
    let Some((first, others)) = found.split_first() else {
        tracing::info!(account = %account.name, "a report is about no message of ours");
        return Ok(None);
    };
    let task = ReportTask::new(*first, provider_message_id, receipt);
    Ok(Some(task.found_by_number(others.to_vec())))
}

/// A person told the network that they want no more texts under a sender id: they join the opt-outs of
/// every organisation that may send under it, however long ago the last text was.
async fn take_opt_outs(
    callbacks: &Callbacks,
    account: &CallbackAccount,
    opt_outs: Vec<OptOut>,
) -> Result<StatusCode, ApiError> {
    for opt_out in opt_outs {
        take_opt_out(callbacks, account, &opt_out).await?;
    }
    Ok(StatusCode::OK)
}

async fn take_opt_out(
    callbacks: &Callbacks,
    account: &CallbackAccount,
    opt_out: &OptOut,
) -> Result<(), ApiError> {
    let accounts = &callbacks.stores.accounts;
    let organisations = accounts.organisations.sending_as(&opt_out.sender).await?;
    if organisations.is_empty() {
        tracing::warn!(account = %account.name, "an opt-out is of a sender id that no organisation has");
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

/// Only a 2xx once it is queued: the provider asks again otherwise.
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

fn refusal(callbacks: &Callbacks, account: &CallbackAccount, error: CallbackError) -> ApiError {
    match error {
        CallbackError::Forged => {
            callbacks.count_forged();
            ApiError::new(ErrorCode::ForgedCallback, "This callback is not the provider's.")
        }
        CallbackError::Malformed(reason) => {
            tracing::warn!(account = %account.name, reason, "a callback cannot be read");
            let detail = format!("The callback cannot be read: {reason}.");
            ApiError::new(ErrorCode::MalformedCallback, detail)
        }
        CallbackError::NotServed => ApiError::unknown_path(),
    }
}
