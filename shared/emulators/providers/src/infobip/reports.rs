//! Delivery reports, in the groups that Infobip sends them in.

use bytes::Bytes;
use domain::msisdn::Msisdn;
use http::{Request, header::CONTENT_TYPE};
use serde_json::{Value, json};

use super::{
    account::FakeInfobip,
    answers::{report_error, status},
};

const DELIVERED_TO_HANDSET: u32 = 5;
/// A moment of the documentation's sample.
const AT: &str = "2019-11-09T16:00:00.000+0100";

/// A message whose delivery is reported.
pub(super) struct Reported {
    pub message_id: String,
    pub to: String,
    pub sender: String,
}

impl FakeInfobip {
    /// Adds the callback with the reports of the messages of a request.
    pub(super) fn report(&self, url: &str, bulk_id: &str, messages: &[Reported]) {
        let results: Vec<Value> = messages.iter().map(|message| self.result(bulk_id, message)).collect();
        if results.is_empty() {
            return;
        }
        let body = json!({ "results": results }).to_string();
        let request = Request::post(url).header(CONTENT_TYPE, "application/json").body(Bytes::from(body));
        self.outbox().extend(request.ok());
    }

    fn result(&self, bulk_id: &str, message: &Reported) -> Value {
        let number = Msisdn::parse_e164(&message.to).ok();
        let fate = number.and_then(|number| self.script().fates.get(&number).copied());
        let id = fate.unwrap_or(DELIVERED_TO_HANDSET);
        json!({
            "bulkId": bulk_id,
            "price": {"pricePerMessage": 0.01, "currency": "EUR"},
            "status": status(id),
            "error": report_error(id),
            "messageId": message.message_id,
            "to": message.to,
            "sender": message.sender,
            "sentAt": AT,
            "doneAt": AT,
            "messageCount": 1,
            "mccMnc": "63902",
        })
    }
}
