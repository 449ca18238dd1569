//! The one operation. Which members it takes is the service's model's to say.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, header::AUTHORIZATION},
    response::Response,
    routing::post,
};
use domain::msisdn::Msisdn;
use serde_json::Value;

use super::{account::FakeAws, answers, events::Reported};

const TARGET: &str = "PinpointSMSVoiceV2.SendTextMessage";
const RECORDED_HEADERS: [&str; 3] = ["authorization", "content-type", "x-amz-target"];
/// The longest `MessageBody`, in characters.
const MAX_BODY: usize = 1_600;
/// The most entries of a `Context`.
const MAX_CONTEXT: usize = 5;

impl FakeAws {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        Router::new().route("/", post(send_text_message)).with_state(self.clone())
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let signed = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let key = signed.strip_prefix("AWS4-HMAC-SHA256 Credential=").and_then(|rest| rest.split('/').next());
        let expected = self.credentials().0.as_str();
        let is_known = key.is_some_and(|key| expected.is_empty() || key == expected);
        is_known && signed.contains("/sms-voice/aws4_request")
    }

    fn send(&self, request: &Value) -> Response {
        let text = |name: &str| request[name].as_str().unwrap_or_default();
        let (to, identity) = (text("DestinationPhoneNumber"), text("OriginationIdentity"));
        let Ok(number) = Msisdn::parse_e164(to) else { return answers::invalid("DestinationPhoneNumber") };
        if !(1..=MAX_BODY).contains(&text("MessageBody").chars().count()) {
            return answers::invalid("MessageBody");
        }
        if request["Context"].as_object().is_some_and(|context| context.len() > MAX_CONTEXT) {
            return answers::invalid("Context");
        }
        if identity.contains(' ') {
            return answers::invalid("OriginationIdentity");
        }
        // Without an identity in the request, AWS takes one of the account.
        if !identity.is_empty() && !self.may_send_as(identity) {
            return answers::error("ResourceNotFoundException", Some("sender-id"));
        }
        let scripted = self.script().errors.get(&number).cloned();
        match scripted {
            Some((error, reason)) => answers::error(&error, reason.as_deref()),
            None if request["DryRun"] == true => answers::checked(),
            None => self.take(to, identity, request),
        }
    }

    fn take(&self, to: &str, from: &str, request: &Value) -> Response {
        let message_id = format!("862a8790-60c0-4430-9b2b-{:012x}", self.next_id());
        if request["ConfigurationSetName"].is_string() {
            let (message_type, context) = (&request["MessageType"], &request["Context"]);
            self.report(&Reported { message_id: &message_id, to, from, message_type, context });
        }
        answers::taken(&message_id)
    }
}

async fn send_text_message(State(fake): State<FakeAws>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(scripted) = fake.record(&headers, &RECORDED_HEADERS, &body) {
        return scripted;
    }
    if headers.get("x-amz-target").is_none_or(|target| target != TARGET) {
        return answers::error("UnknownOperationException", None);
    }
    if !fake.is_known(&headers) {
        return answers::error("UnrecognizedClientException", None);
    }
    match serde_json::from_slice(&body) {
        Ok(request) => fake.send(&request),
        Err(_) => answers::error("SerializationException", None),
    }
}
