//! The one route.

use std::collections::HashMap;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};

use super::{account::FakeAfricasTalking, answers};

impl FakeAfricasTalking {
    /// The routes, to be served.
    pub fn router(&self) -> Router {
        Router::new().route("/version1/messaging", post(messaging)).with_state(self.clone())
    }
}

async fn messaging(State(fake): State<FakeAfricasTalking>, headers: HeaderMap, body: Bytes) -> Response {
    fake.record(&headers, &body);
    if let Some((status, body)) = fake.state().next.take() {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, body).into_response();
    }
    let form: HashMap<_, _> = form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    let known = headers.get("apikey").is_some_and(|key| key == fake.shared.api_key.as_str());
    if !known || field("username") != fake.shared.username {
        return (StatusCode::UNAUTHORIZED, "The supplied authentication is invalid").into_response();
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
