//! The routes: messages, and the balance.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use domain::msisdn::Msisdn;
use providers::{Meaning, infobip::codes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{account::FakeInfobip, answers, reports::Reported};

const RECORDED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];
const PENDING_ACCEPTED: u32 = 26;
const REJECTED_SOURCE: u32 = 11;
const DUPLICATE_MESSAGE_ID: u32 = 23;
const REJECTED_DESTINATION: u32 = 52;

#[derive(Deserialize)]
struct SmsRequest {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    sender: String,
    destinations: Vec<Destination>,
    #[serde(default)]
    webhooks: Option<Webhooks>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Destination {
    to: String,
    message_id: Option<String>,
}

#[derive(Deserialize)]
struct Webhooks {
    delivery: Option<Delivery>,
}

#[derive(Deserialize)]
struct Delivery {
    url: Option<String>,
}

impl Message {
    fn url(&self) -> Option<&str> {
        self.webhooks.as_ref()?.delivery.as_ref()?.url.as_deref()
    }
}

impl FakeInfobip {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        let routes = Router::new().route("/sms/3/messages", post(messages));
        routes.route("/account/1/balance", get(balance)).with_state(self.clone())
    }

    /// Sends every message of a request.
    fn send(&self, request: &SmsRequest) -> Value {
        let bulk_id = format!("2034072219640{:06}", self.next_id());
        let rows = request.messages.iter().flat_map(|message| self.rows(message, &bulk_id));
        let rows: Vec<Value> = rows.collect();
        json!({"bulkId": bulk_id, "messages": rows})
    }

    fn rows(&self, message: &Message, bulk_id: &str) -> Vec<Value> {
        let (mut rows, mut taken) = (Vec::new(), Vec::new());
        for (place, destination) in message.destinations.iter().enumerate() {
            let given = destination.message_id.clone();
            let message_id = given.unwrap_or_else(|| format!("{bulk_id}{place:03}"));
            let status = self.status(message, destination, &message_id);
            let (to, sender) = (destination.to.clone(), message.sender.clone());
            if codes::by_id(status).is_some_and(|listed| listed.meaning == Meaning::Accepted) {
                taken.push(Reported { message_id: message_id.clone(), to: to.clone(), sender });
            }
            let details = json!({"messageCount": 1});
            rows.push(json!({
                "messageId": message_id,
                "status": answers::status(status),
                "destination": to,
                "details": details,
            }));
        }
        if let Some(url) = message.url() {
            self.report(url, bulk_id, &taken);
        }
        rows
    }

    fn status(&self, message: &Message, destination: &Destination, message_id: &str) -> u32 {
        let mut script = self.script();
        if !script.message_ids.insert(message_id.to_owned()) {
            return DUPLICATE_MESSAGE_ID;
        }
        match Msisdn::parse_e164(&destination.to) {
            Err(_) => REJECTED_DESTINATION,
            Ok(_) if !self.may_send_as(&message.sender) => REJECTED_SOURCE,
            Ok(number) => script.statuses.get(&number).copied().unwrap_or(PENDING_ACCEPTED),
        }
    }
}

impl FakeInfobip {
    /// Records a request; returns the answer that was scripted for it, or that an unknown key has.
    fn refusal(&self, headers: &HeaderMap, body: &[u8]) -> Option<Response> {
        let scripted = self.record(headers, &RECORDED_HEADERS, body);
        let key = format!("App {}", self.credentials().0);
        let is_known = headers.get(AUTHORIZATION).is_some_and(|given| given == key.as_str());
        scripted.or_else(|| (!is_known).then(|| answers::error(StatusCode::UNAUTHORIZED)))
    }
}

async fn balance(State(fake): State<FakeInfobip>, headers: HeaderMap) -> Response {
    let balance = || axum::Json(json!({"balance": 47.79134, "currency": "EUR"})).into_response();
    fake.refusal(&headers, b"").unwrap_or_else(balance)
}

async fn messages(State(fake): State<FakeInfobip>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(refusal) = fake.refusal(&headers, &body) {
        return refusal;
    }
    match serde_json::from_slice::<SmsRequest>(&body) {
        Ok(request) => axum::Json(fake.send(&request)).into_response(),
        Err(_) => answers::error(StatusCode::BAD_REQUEST),
    }
}
