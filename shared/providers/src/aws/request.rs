//! One recipient's `SendTextMessage`, in AWS JSON 1.0, signed.

use bytes::Bytes;
use domain::outcome::AccountFault;
use http::Request;
use platform::signing::{self, Caller};
use serde::Serialize;

use super::config::{AwsConfig, SERVICE, is_identity};
use crate::submission::{Recipient, Submission};

pub(super) const HEADERS: [(&str, &str); 2] =
    [("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "PinpointSMSVoiceV2.SendTextMessage")];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct SendTextMessage<'a> {
    destination_phone_number: String,
    origination_identity: &'a str,
    message_body: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
    configuration_set_name: &'a str,
    context: Context,
}

#[derive(Serialize)]
struct Context {
    reference: String,
}

/// The request.
///
/// # Errors
/// With the fault of the account that leaves no request to make: a sender that AWS never takes.
pub fn build(
    config: &AwsConfig,
    submission: &Submission,
    recipient: &Recipient,
) -> Result<Request<Bytes>, AccountFault> {
    let identity = config.origination_identity().unwrap_or(submission.sender().as_str());
    if !is_identity(identity) {
        return Err(AccountFault::SenderRefused);
    }
    let body = serde_json::to_string(&SendTextMessage {
        destination_phone_number: recipient.msisdn.e164(),
        origination_identity: identity,
        message_body: submission.text().as_str(),
        message_type: config.message_type().map(|kind| kind.as_str()),
        configuration_set_name: config.configuration_set(),
        context: Context { reference: recipient.reference.to_string() },
    });
    let caller = Caller { service: SERVICE, region: config.region(), credentials: config.credentials() };
    let signed = body.ok().and_then(|body| signing::post(caller, &config.url().to_string(), &HEADERS, body));
    signed.ok_or(AccountFault::RequestRefused)
}

#[cfg(test)]
mod tests;
