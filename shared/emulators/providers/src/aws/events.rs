//! The events of a text, in the form of the user guide.

use domain::msisdn::Msisdn;
use serde_json::{Value, json};

use super::account::FakeAws;

const DELIVERED: &str = "TEXT_DELIVERED";
/// A moment of the user guide's sample, in milliseconds.
const AT: u64 = 1_686_975_103_470;

/// A text with events.
pub(super) struct Reported<'a> {
    pub message_id: &'a str,
    pub to: &'a str,
    pub from: &'a str,
    pub message_type: &'a Value,
    pub context: &'a Value,
}

impl FakeAws {
    /// Adds the events of a text: `TEXT_PENDING`, and its outcome.
    pub(super) fn report(&self, text: &Reported<'_>) {
        let number = Msisdn::parse_e164(text.to).ok();
        let mut script = self.script();
        let fate = number.and_then(|number| script.fates.get(&number).cloned());
        let last = fate.unwrap_or_else(|| DELIVERED.to_owned());
        script.events.push_back(event(text, "TEXT_PENDING", false));
        script.events.push_back(event(text, &last, true));
        script.due.notify_one();
    }
}

fn event(text: &Reported<'_>, kind: &str, is_final: bool) -> String {
    let event = json!({
        "eventType": kind,
        "eventVersion": "1.0",
        "eventTimestamp": AT,
        "isFinal": is_final,
        "originationPhoneNumber": text.from,
        "destinationPhoneNumber": text.to,
        "isInternationalSend": false,
        "isoCountryCode": "KE",
        "mcc": "639",
        "mnc": "02",
        "messageId": text.message_id,
        "messageRequestTimestamp": AT,
        "messageEncoding": "GSM",
        "messageType": text.message_type,
        "messageStatus": kind.trim_start_matches("TEXT_"),
        "messageStatusDescription": "An event of a pretended text",
        "context": text.context,
        "totalMessageParts": 1,
        "totalMessagePrice": 0.09582,
        "totalCarrierFee": 0.0,
    });
    event.to_string()
}
