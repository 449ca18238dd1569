//! The answers, in the words and forms of the documented samples.

use axum::{
    http::{Request, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use domain::msisdn::Msisdn;
use providers::africastalking::codes::{self, Meaning};
use serde_json::{Value, json};

use super::account::FakeAfricasTalking;

/// The price of the documentation's samples: 0.8000 shillings, in its ten-thousandths.
const PRICE: u64 = 8_000;
const SENT: u16 = 101;
const INVALID_NUMBER: u16 = 403;

/// All recipients refused, with the reason as the message.
pub(super) fn refusal(word: &str) -> Value {
    json!({"SMSMessageData": {"Message": word, "Recipients": []}})
}

/// An application's data, as the documentation's sample has it.
pub(super) fn user() -> Value {
    json!({"UserData": {"balance": "KES 1785.50"}})
}

/// A key or a username that is not known.
pub(super) fn unauthorized() -> Response {
    (StatusCode::UNAUTHORIZED, "The supplied authentication is invalid").into_response()
}

/// 201, in JSON if the request accepts it, else in XML.
pub(super) fn response(body: &Value, json: bool) -> Response {
    let (kind, body) =
        if json { ("application/json", body.to_string()) } else { ("application/xml", xml(body)) };
    (StatusCode::CREATED, [(CONTENT_TYPE, kind)], body).into_response()
}

impl FakeAfricasTalking {
    /// Sends to a comma list of numbers.
    pub(super) fn send(&self, to: &str) -> Value {
        let numbers: Vec<&str> = to.split(',').map(str::trim).collect();
        if !numbers.iter().any(|number| number_of(number).is_some()) {
            return refusal("InvalidPhoneNumber");
        }
        let rows: Vec<Value> = numbers.iter().map(|number| self.row(number)).collect();
        let sent = rows.iter().filter(|row| row["messageId"] != "None").count();
        let cost = if sent == 0 { "0".to_owned() } else { shillings(sent as u64 * PRICE) };
        let message = format!("Sent to {sent}/{} Total Cost: {cost}", rows.len());
        json!({"SMSMessageData": {"Message": message, "Recipients": rows}})
    }

    fn row(&self, number: &str) -> Value {
        let code = match number_of(number) {
            Some(msisdn) => self.script().codes.get(&msisdn).copied().unwrap_or(SENT),
            None => INVALID_NUMBER,
        };
        let listed = codes::by_number(u64::from(code));
        let accepted = listed.is_some_and(|listed| listed.meaning == Meaning::Accepted);
        let id = accepted.then(|| format!("ATPid_{:032x}", self.next_id()));
        if let (Some(callback), Some(id)) = (self.script().callback_url.as_deref(), &id) {
            self.outbox().extend(delivered(callback, id, number));
        }
        json!({
            "statusCode": code,
            "number": number,
            "status": if code == SENT { "Success" } else { listed.map_or("Unlisted", |listed| listed.word) },
            "cost": if accepted { shillings(PRICE) } else { "0".to_owned() },
            "messageId": id.as_deref().unwrap_or("None"),
        })
    }
}

/// International form only, as the real one asks for.
fn number_of(number: &str) -> Option<Msisdn> {
    number.strip_prefix('+').and_then(|digits| Msisdn::parse_e164(digits).ok())
}

/// The callback that reports a text as delivered.
fn delivered(callback_url: &str, id: &str, number: &str) -> Option<Request<Bytes>> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("id", id).append_pair("status", "Success").append_pair("phoneNumber", number);
    form.append_pair("networkCode", "63902").append_pair("retryCount", "0");
    let form = Bytes::from(form.finish());
    Request::post(callback_url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form).ok()
}

fn shillings(amount: u64) -> String {
    format!("KES {}.{:04}", amount / 10_000, amount % 10_000)
}

/// The default form. Values here are ours, and none needs escaping.
fn xml(body: &Value) -> String {
    let data = &body["SMSMessageData"];
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let rows: Vec<&Value> = data["Recipients"].as_array().into_iter().flatten().collect();
    let row = |row: &&Value| {
        let fields = ["number", "cost", "status", "statusCode", "messageId"];
        let fields = fields.map(|name| format!("<{name}>{}</{name}>", text(&row[name]))).concat();
        format!("<Recipient>{fields}</Recipient>")
    };
    let rows: String = rows.iter().map(row).collect();
    let message = text(&data["Message"]);
    format!(
        "<AfricasTalkingResponse><SMSMessageData><Message>{message}</Message>\
         <Recipients>{rows}</Recipients></SMSMessageData></AfricasTalkingResponse>"
    )
}
