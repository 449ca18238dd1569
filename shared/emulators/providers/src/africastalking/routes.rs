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

use super::{account::FakeAfricasTalking, answers};

impl FakeAfricasTalking {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        let routes = Router::new().route("/version1/messaging", post(messaging));
        routes.route("/version1/user", get(user)).with_state(self.clone())
    }

    fn is_known(&self, headers: &HeaderMap, username: &str) -> bool {
        let is_key = headers.get("apikey").is_some_and(|key| key == self.shared.api_key.as_str());
        is_key && username == self.shared.username
    }
}

async fn user(
    State(fake): State<FakeAfricasTalking>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    fake.record(&headers, b"");
    if let Some(scripted) = scripted(&fake) {
        return scripted;
    }
    match query.get("username").filter(|username| fake.is_known(&headers, username)) {
        Some(_) => axum::Json(answers::user()).into_response(),
        None => answers::unauthorized(),
    }
}

fn scripted(fake: &FakeAfricasTalking) -> Option<Response> {
    let (status, body) = fake.state().next.take()?;
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some((status, body).into_response())
}

async fn messaging(State(fake): State<FakeAfricasTalking>, headers: HeaderMap, body: Bytes) -> Response {
    fake.record(&headers, &body);
    if let Some(scripted) = scripted(&fake) {
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
    let senders = &fake.shared.senders;
    let registered = sender.is_empty() || senders.is_empty() || senders.iter().any(|known| known == sender);
    let json = headers.get("accept").is_some_and(|accept| accept == "application/json");
    let data = if registered { fake.send(field("to")) } else { answers::refusal("InvalidSenderId") };
    answers::response(&data, json)
}
