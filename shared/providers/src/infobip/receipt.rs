//! Callbacks of Infobip: delivery reports in groups, as JSON. Pure.
//!
//! Infobip repeats a whole callback unless it gets a success. So a report that cannot be read is left out and counted,
//! and does not keep the others from being read. So is a report whose id is not ours: every message of ours has our id,
//! and a search by number could fail and have the whole callback repeated.

use domain::receipt::{DeliveryReceipt, Reported};
use serde::Deserialize;
use serde_json::Value;

use super::{codes, message_id::MessageId};
use crate::{
    callback::{About, Callback, CallbackError, CallbackReader, CallbackSecret, Report},
    message_id,
};

/// The name of the error that means "no error".
const NO_ERROR: &str = "NO_ERROR";

#[derive(Deserialize)]
struct Body {
    results: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeliveryReport {
    message_id: String,
    status: Status,
    error: Option<MessageError>,
    mcc_mnc: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    id: u32,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
struct MessageError {
    #[serde(default)]
    name: String,
}

/// Reads the callbacks of one account.
#[derive(Clone, Debug)]
pub struct InfobipCallbacks {
    secret: CallbackSecret,
}

impl InfobipCallbacks {
    /// A reader of callbacks to an address that ends in this secret.
    pub const fn new(secret: CallbackSecret) -> Self {
        Self { secret }
    }
}

impl CallbackReader for InfobipCallbacks {
    fn reports(&self, callback: &Callback<'_>) -> Result<Vec<Report>, CallbackError> {
        let is_theirs = callback.path_secret.is_some_and(|segment| self.secret.is(segment));
        if !is_theirs {
            return Err(CallbackError::Forged);
        }
        let body: Body = serde_json::from_slice(callback.body)
            .map_err(|_| CallbackError::Malformed("the body is not a group of reports".to_owned()))?;
        Ok(body.results.into_iter().map(report).collect())
    }
}

/// A report; one that cannot be read is about no message, under a name that is not listed.
fn report(value: Value) -> Report {
    let Ok(read) = serde_json::from_value::<DeliveryReport>(value) else {
        let receipt = DeliveryReceipt::new(Reported::InTransit, None, None);
        return Report {
            about: About::Numbers(Vec::new()),
            provider_message_id: None,
            times_put_off: None,
            receipt,
            unlisted: None,
        };
    };
    let name = codes::shown(&read.status.name);
    let listed = codes::by_id(read.status.id);
    // An unknown status proves neither a delivery nor a failure.
    let reported = listed.map_or(Reported::InTransit, |status| status.reported);
    let error = read.error.as_ref().map(|error| error.name.as_str()).filter(|name| *name != NO_ERROR);
    let code = match (listed, reported) {
        (Some(_), Reported::InTransit | Reported::Delivered) => None,
        _ => Some(error.filter(|error| !error.is_empty()).unwrap_or(&name)),
    };
    let id = read.message_id.parse::<MessageId>().ok();
    Report {
        about: id.map_or_else(|| About::Numbers(Vec::new()), |id| About::Reference(id.message)),
        provider_message_id: message_id::parse(&read.message_id),
        times_put_off: id.map(|id| id.times_put_off),
        receipt: DeliveryReceipt::new(reported, code, read.mcc_mnc.as_deref()),
        unlisted: listed.is_none().then_some(name.clone()),
    }
}

#[cfg(test)]
mod tests;
