//! The answers, in the forms of Infobip's OpenAPI.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::receipt::Reported;
use providers::{Meaning, infobip::codes};
use serde_json::{Value, json};

/// Statuses that the group PENDING has.
const PENDING: [u32; 3] = [3, 7, 26];

/// A status as an answer or a report has it.
pub(super) fn status(id: u32) -> Value {
    let listed = codes::by_id(id);
    let (group_id, group) = match listed {
        _ if PENDING.contains(&id) => (1, "PENDING"),
        Some(listed) if listed.meaning == Meaning::Accepted => (3, "DELIVERED"),
        Some(listed) if listed.name.starts_with("UNDELIVERABLE_") => (2, "UNDELIVERABLE"),
        Some(listed) if listed.name.starts_with("EXPIRED_") => (4, "EXPIRED"),
        _ => (5, "REJECTED"),
    };
    let name = listed.map_or("NEW_STATUS", |listed| listed.name);
    json!({"groupId": group_id, "groupName": group, "id": id, "name": name, "description": "A pretended status"})
}

pub(super) fn report_error(id: u32) -> Value {
    match codes::by_id(id).map(|status| status.reported) {
        Some(Reported::Undelivered) => json!({
            "groupId": 1, "groupName": "HANDSET_ERRORS", "id": 27, "name": "EC_ABSENT_SUBSCRIBER",
            "description": "Absent Subscriber", "permanent": false,
        }),
        _ => json!({
            "groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "description": "No Error",
            "permanent": false,
        }),
    }
}

/// An error of a whole request.
pub(super) fn error(status: StatusCode) -> Response {
    let description = status.canonical_reason().unwrap_or_default();
    let body = json!({
        "errorCode": format!("E{}", status.as_u16()),
        "description": description,
        "action": "Check the request.",
        "violations": [],
        "resources": [],
    });
    (status, axum::Json(body)).into_response()
}
