//! A submission as Infobip takes it: one message with many destinations. Pure.

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE},
};
use serde::Serialize;

use super::{config::InfobipConfig, message_id::MessageId};
use crate::submission::{Recipient, Submission};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

#[derive(Serialize)]
struct Body<'a> {
    messages: [Message<'a>; 1],
}

#[derive(Serialize)]
struct Message<'a> {
    sender: &'a str,
    destinations: Vec<Destination>,
    content: Content<'a>,
    webhooks: Webhooks<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    to: String,
    message_id: String,
}

#[derive(Serialize)]
struct Content<'a> {
    text: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Webhooks<'a> {
    delivery: Delivery<'a>,
    content_type: &'static str,
}

#[derive(Serialize)]
struct Delivery<'a> {
    url: &'a str,
}

impl From<&Recipient> for Destination {
    fn from(recipient: &Recipient) -> Self {
        Self { to: recipient.msisdn.digits(), message_id: MessageId::of(recipient).to_string() }
    }
}

/// The request.
///
/// # Errors
/// If HTTP has no such request; a checked configuration leaves no way to that.
pub fn build(config: &InfobipConfig, submission: &Submission) -> Result<Request<Bytes>, http::Error> {
    let message = Message {
        // Infobip writes numbers without the plus.
        sender: submission.sender().as_str().trim_start_matches('+'),
        destinations: submission.recipients().iter().map(Destination::from).collect(),
        content: Content { text: submission.text().as_str() },
        webhooks: Webhooks {
            delivery: Delivery { url: config.callback_url() },
            content_type: "application/json",
        },
    };
    // Texts always have a JSON form.
    let body = serde_json::to_vec(&Body { messages: [message] }).unwrap_or_default();
    Request::builder()
        .method(Method::POST)
        .uri(config.messages().clone())
        .header(ACCEPT, JSON)
        .header(AUTHORIZATION, config.authorization())
        .header(CONTENT_TYPE, JSON)
        .body(Bytes::from(body))
}

#[cfg(test)]
mod tests;
