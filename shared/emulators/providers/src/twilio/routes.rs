//! The routes: messages, and the account itself.

use std::collections::HashMap;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::msisdn::Msisdn;

use super::{
    account::{Credentials, FakeTwilio},
    answers::{self, Message},
    callbacks::Reported,
};

const RECORDED_HEADERS: [&str; 3] = ["accept", "authorization", "content-type"];
/// UTF-16 units of the longest body.
const MAX_BODY: usize = 1_600;

impl FakeTwilio {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        let path = "/2010-04-01/Accounts/{account_sid}/Messages.json";
        let routes = Router::new().route(path, post(messages));
        routes.route("/2010-04-01/Accounts/{resource}", get(account)).with_state(self.clone())
    }

    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Credentials { account_sid, auth_token } = self.credentials();
        let expected = format!("Basic {}", STANDARD.encode(format!("{account_sid}:{auth_token}")));
        headers.get(AUTHORIZATION).is_some_and(|given| given == expected.as_str())
    }

    /// The documented error of a form, if it has one.
    fn problem(&self, form: &Form) -> Option<u32> {
        let to = form.field("To");
        let sender = form.field("From").or(form.field("MessagingServiceSid"));
        match (to, form.field("Body"), sender) {
            (None, ..) => Some(21_604),
            (_, None, _) => Some(21_602),
            (.., None) => Some(21_603),
            (Some(to), Some(body), Some(sender)) => match number_of(to) {
                None => Some(21_211),
                _ if body.encode_utf16().count() > MAX_BODY => Some(21_617),
                _ if !self.may_send_as(sender) => Some(21_606),
                Some(number) => self.script().codes.get(&number).copied(),
            },
        }
    }

    fn make(&self, form: &Form) -> Response {
        let sid = format!("SM{:032x}", self.next_id());
        let (to, from) = (form.field("To").unwrap_or_default(), form.field("From"));
        if let Some(status_callback) = form.field("StatusCallback") {
            self.report(&Reported { sid: &sid, to, from: from.unwrap_or_default(), status_callback });
        }
        let message = answers::message(&Message {
            sid: &sid,
            account_sid: &self.credentials().account_sid,
            to,
            from,
            messaging_service_sid: form.field("MessagingServiceSid"),
            body: form.field("Body").unwrap_or_default(),
        });
        (StatusCode::CREATED, axum::Json(message)).into_response()
    }
}

struct Form(HashMap<String, String>);

impl Form {
    fn field(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// International form, as the real one asks for.
fn number_of(to: &str) -> Option<Msisdn> {
    to.strip_prefix('+').and_then(|digits| Msisdn::parse_e164(digits).ok())
}

async fn account(
    State(fake): State<FakeTwilio>,
    Path(resource): Path<String>,
    headers: HeaderMap,
) -> Response {
    if let Some(scripted) = fake.record(&headers, &RECORDED_HEADERS, b"") {
        return scripted;
    }
    let account_sid = &fake.credentials().account_sid;
    match resource.strip_suffix(".json") {
        _ if !fake.is_known(&headers) => answers::error(20_003),
        Some(asked) if asked == account_sid => axum::Json(answers::account(account_sid)).into_response(),
        _ => answers::error(20_404),
    }
}

async fn messages(
    State(fake): State<FakeTwilio>,
    Path(account_sid): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(scripted) = fake.record(&headers, &RECORDED_HEADERS, &body) {
        return scripted;
    }
    if !fake.is_known(&headers) {
        return answers::error(20_003);
    }
    if account_sid != fake.credentials().account_sid {
        return answers::error(20_404);
    }
    let form = Form(form_urlencoded::parse(&body).into_owned().collect());
    match fake.problem(&form) {
        Some(code) => answers::error(code),
        None => fake.make(&form),
    }
}
