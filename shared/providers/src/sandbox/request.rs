//! A submission as the sandbox takes it: JSON. Pure.

use bytes::Bytes;
use http::{Method, Request, header::CONTENT_TYPE};

use super::{
    config::SandboxConfig,
    wire::{MessagesRequest, RecipientLine},
};
use crate::submission::{Recipient, Submission};

/// The request.
///
/// # Errors
/// If HTTP has no such request; a checked configuration leaves no way to that.
pub fn build(config: &SandboxConfig, submission: &Submission) -> Result<Request<Bytes>, http::Error> {
    Request::builder()
        .method(Method::POST)
        .uri(config.messages().clone())
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(body(submission)))
}

pub fn body(submission: &Submission) -> Vec<u8> {
    let body = MessagesRequest {
        sender: submission.sender().as_str().into(),
        text: submission.text().as_str().into(),
        recipients: submission.recipients().iter().map(line).collect(),
    };
    // Text and numbers always have a JSON form.
    serde_json::to_vec(&body).unwrap_or_default()
}

fn line(recipient: &Recipient) -> RecipientLine {
    RecipientLine { to: recipient.msisdn.digits(), reference: recipient.reference.to_string() }
}
