//! One recipient's request as Twilio takes it: the form that its official SDK sends. Pure.
//!
//! `StatusCallback` is given with each message. Its query names the message, and its fragment asks Twilio to repeat a
//! callback that fails: by default a callback is repeated once, and only if no connection was made.

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::{
    HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};

use super::config::{Sender, TwilioConfig};
use crate::{
    form::form,
    submission::{Recipient, Submission},
};

/// The field of the callback's query that names the message.
pub const REFERENCE: &str = "reference";
/// Five repetitions, after every kind of failure (Twilio, "Connection overrides").
const REPETITIONS: &str = "#rc=5&rp=all";

/// The request.
///
/// # Errors
/// If HTTP has no such request; a checked configuration leaves no way to that.
pub fn build(
    config: &TwilioConfig,
    submission: &Submission,
    recipient: &Recipient,
) -> Result<Request<Bytes>, AccountFault> {
    let request = Request::builder()
        .method(Method::POST)
        .uri(config.messages().clone())
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(AUTHORIZATION, config.authorization())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .body(Bytes::from(body(config, submission, recipient)));
    request.map_err(|_| AccountFault::RequestRefused)
}

fn body(config: &TwilioConfig, submission: &Submission, recipient: &Recipient) -> String {
    let (to, callback) = (recipient.msisdn.e164(), status_callback(config.callback_url(), recipient));
    let sender = match config.sender() {
        Sender::Campaigns => ("From", submission.sender().as_str()),
        Sender::MessagingService(sid) => ("MessagingServiceSid", sid.as_str()),
    };
    form([("To", to.as_str()), ("StatusCallback", &callback), sender, ("Body", submission.text().as_str())])
}

fn status_callback(callback_url: &str, recipient: &Recipient) -> String {
    format!("{callback_url}?{REFERENCE}={}{REPETITIONS}", recipient.reference)
}

#[cfg(test)]
mod tests;
