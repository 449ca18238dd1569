//! The routes: texts, and the application's data.

use std::collections::HashMap;

use axum::{
    Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{
    account::{Credentials, FakeAfricasTalking},
    answers,
};

const RECORDED_HEADERS: [&str; 3] = ["accept", "apikey", "content-type"];

impl FakeAfricasTalking {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        let routes = Router::new().route("/version1/messaging", post(messaging));
        routes.route("/version1/user", get(user)).with_state(self.clone())
    }

    fn is_known(&self, headers: &HeaderMap, username: &str) -> bool {
        let Credentials { username: own, api_key } = self.credentials();
        headers.get("apikey").is_some_and(|key| key == api_key.as_str()) && username == own
    }
}

async fn user(
    State(fake): State<FakeAfricasTalking>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(scripted) = fake.record(&headers, &RECORDED_HEADERS, b"") {
        return scripted;
    }
    match query.get("username").filter(|username| fake.is_known(&headers, username)) {
        Some(_) => axum::Json(answers::user()).into_response(),
        None => answers::unauthorized(),
    }
}

async fn messaging(State(fake): State<FakeAfricasTalking>, headers: HeaderMap, body: Bytes) -> Response {
    if let Some(scripted) = fake.record(&headers, &RECORDED_HEADERS, &body) {
        return scripted;
    }
    let form: HashMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if !fake.is_known(&headers, field("username")) {
        return answers::unauthorized();
    }
    if field("to").is_empty() || field("message").is_empty() {
        return (StatusCode::BAD_REQUEST, "to and message are required").into_response();
    }
    let sender = field("from");
    let registered = sender.is_empty() || fake.may_send_as(sender);
    let json = headers.get("accept").is_some_and(|accept| accept == "application/json");
    let data = if registered { fake.send(field("to")) } else { answers::refusal("InvalidSenderId") };
    answers::response(&data, json)
}
