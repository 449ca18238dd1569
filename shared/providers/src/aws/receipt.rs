//! The events of texts, as a configuration set sends them to a topic, and the topic (raw) to a queue. Pure.
//!
//! An event names the message by the context of its request. It also has the recipient's number, which is read only if
//! the context is not ours.

use domain::{
    keys::MessageKey,
    msisdn::Msisdn,
    receipt::{DeliveryReceipt, Reported},
};
use serde::Deserialize;

use super::codes::{self, EVENTS};
use crate::{
    callback::{About, CallbackError, Report},
    message_id,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TextEvent {
    event_type: String,
    #[serde(default)]
    is_final: bool,
    message_id: String,
    destination_phone_number: Option<String>,
    #[serde(default)]
    context: Option<Context>,
    mcc: Option<String>,
    mnc: Option<String>,
}

#[derive(Deserialize, Default)]
struct Context {
    #[serde(default)]
    reference: Option<String>,
}

/// Whether a queue message is an event of AWS, and not a task of this product.
pub fn is_event(body: &str) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Named {
        #[allow(dead_code, reason = "only its presence is asked for")]
        event_type: String,
    }
    serde_json::from_str::<Named>(body).is_ok()
}

/// Reads an event.
///
/// # Errors
/// If it is not an event of a text.
pub fn parse(body: &str) -> Result<Report, CallbackError> {
    let malformed = |reason: &str| CallbackError::Malformed(reason.to_owned());
    let event: TextEvent = serde_json::from_str(body).map_err(|_| malformed("the event cannot be read"))?;
    let id = message_id::parse(&event.message_id)
        .ok_or_else(|| malformed("the event's messageId is malformed"))?;
    let listed = EVENTS.iter().find(|(name, _)| *name == event.event_type);
    // An unknown event proves neither a delivery nor a failure.
    let reported = listed.map_or(Reported::InTransit, |(_, what)| what.reported(event.is_final));
    let network = event.mcc.as_deref().zip(event.mnc.as_deref()).map(|(mcc, mnc)| format!("{mcc}{mnc}"));
    let name = codes::shown_event(&event.event_type);
    let unlisted = listed.is_none().then(|| name.clone());
    let is_named = reported == Reported::Undelivered || unlisted.is_some();
    let receipt = DeliveryReceipt::new(reported, is_named.then_some(name.as_str()), network.as_deref());
    Ok(Report { about: about(&event), provider_message_id: Some(id), times_put_off: None, receipt, unlisted })
}

fn about(event: &TextEvent) -> About {
    let reference = event.context.as_ref().and_then(|context| context.reference.as_deref());
    let number =
        || event.destination_phone_number.as_deref().and_then(|number| Msisdn::parse_e164(number).ok());
    match reference.and_then(|reference| reference.parse::<MessageKey>().ok()) {
        Some(message) => About::Reference(message),
        None => About::Numbers(number().into_iter().collect()),
    }
}

#[cfg(test)]
mod tests;
