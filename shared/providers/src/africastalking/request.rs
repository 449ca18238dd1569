//! A submission as Africa's Talking takes it: the form that its official SDK sends. Pure.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request,
    header::{ACCEPT, CONTENT_TYPE, HeaderName},
};

use super::config::AfricasTalkingConfig;
use crate::{form::form, submission::Submission};

pub(super) const API_KEY: HeaderName = HeaderName::from_static("apikey");

/// The request.
///
/// # Errors
/// If HTTP has no such request; a checked configuration leaves no way to that.
pub fn build(config: &AfricasTalkingConfig, submission: &Submission) -> Result<Request<Bytes>, http::Error> {
    Request::builder()
        .method(Method::POST)
        .uri(config.messaging().clone())
        // Without this header Africa's Talking answers in XML.
        .header(ACCEPT, HeaderValue::from_static("application/json"))
        .header(API_KEY, config.api_key().header())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .body(Bytes::from(body(config, submission)))
}

/// The form, its parameters in the order of the official SDK.
pub fn body(config: &AfricasTalkingConfig, submission: &Submission) -> String {
    let numbers: Vec<String> = submission.recipients().iter().map(|r| r.msisdn.e164()).collect();
    let fields = [
        ("username", config.username()),
        ("to", &numbers.join(",")),
        ("message", submission.text().as_str()),
        ("bulkSMSMode", "1"),
        ("from", submission.sender().as_str()),
        // Africa's Talking has changed the default of `enqueue` over time, so it is always given.
        ("enqueue", if config.enqueue() { "1" } else { "0" }),
    ];
    form(fields)
}

#[cfg(test)]
mod tests;
