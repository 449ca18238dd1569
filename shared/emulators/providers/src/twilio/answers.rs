//! The answers, in the forms of Twilio's OpenAPI and of its errors.

use std::time::SystemTime;

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use providers::twilio::codes;
use serde_json::{Value, json};

pub(super) struct Message<'a> {
    pub sid: &'a str,
    pub account_sid: &'a str,
    pub to: &'a str,
    pub from: Option<&'a str>,
    pub messaging_service_sid: Option<&'a str>,
    pub body: &'a str,
}

/// A message that was made: queued, its price not known yet.
pub(super) fn message(message: &Message<'_>) -> Value {
    let Message { sid, account_sid, to, from, messaging_service_sid, body } = message;
    let uri = format!("/2010-04-01/Accounts/{account_sid}/Messages/{sid}");
    let now = httpdate::fmt_http_date(SystemTime::now()).replace("GMT", "+0000");
    json!({
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": body,
        "date_created": now,
        "date_sent": null,
        "date_updated": now,
        "direction": "outbound-api",
        "error_code": null,
        "error_message": null,
        "from": from,
        "messaging_service_sid": messaging_service_sid,
        "num_media": "0",
        "num_segments": if messaging_service_sid.is_some() { "0" } else { "1" },
        "price": null,
        "price_unit": "USD",
        "sid": sid,
        "status": if messaging_service_sid.is_some() { "accepted" } else { "queued" },
        "subresource_uris": {"media": format!("{uri}/Media.json")},
        "to": to,
        "uri": format!("{uri}.json"),
    })
}

/// The account, which is active. (The real answer has the auth token too.)
pub(super) fn account(account_sid: &str) -> Value {
    let now = httpdate::fmt_http_date(SystemTime::now()).replace("GMT", "+0000");
    json!({
        "auth_token": null,
        "date_created": now,
        "date_updated": now,
        "friendly_name": "A pretended account",
        "owner_account_sid": account_sid,
        "sid": account_sid,
        "status": "active",
        "subresource_uris": {},
        "type": "Full",
        "uri": format!("/2010-04-01/Accounts/{account_sid}.json"),
    })
}

/// An error with the HTTP status that Twilio gives it.
pub(super) fn error(code: u32) -> Response {
    let status = match code {
        20_003 => StatusCode::UNAUTHORIZED,
        20_403 => StatusCode::FORBIDDEN,
        20_404 => StatusCode::NOT_FOUND,
        20_429 => StatusCode::TOO_MANY_REQUESTS,
        20_500 | 20_504 => StatusCode::INTERNAL_SERVER_ERROR,
        20_503 => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::BAD_REQUEST,
    };
    let title = codes::by_number(code).map_or("Unlisted", |code| code.title);
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": title, "more_info": more_info, "status": status.as_u16()});
    (status, axum::Json(body)).into_response()
}
