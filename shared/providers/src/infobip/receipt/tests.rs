//! Callbacks as Infobip sends them: every status, and unreadable ones.

use http::HeaderMap;
use serde_json::json;

use super::*;
use crate::{infobip::testing::CALLBACK_SECRET, testing::recipient};

const A: u64 = 254_711_000_001;

/// A report of the documentation's form.
fn result(id: u32, name: &str) -> Value {
    json!({
        "bulkId": "2034072219640523072",
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
        "status": {"groupId": 3, "groupName": "DELIVERED", "id": id, "name": name, "description": "…"},
        "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": false},
        "messageId": MessageId::of(&recipient(A)).to_string(),
        "to": A.to_string(),
        "sender": "ACME",
        "mccMnc": "63902",
        "messageCount": 1,
    })
}

fn read(secret: Option<&str>, body: &str) -> Result<Vec<Report>, CallbackError> {
    let reader = InfobipCallbacks::new(CALLBACK_SECRET.parse().unwrap());
    let (url, headers) = ("https://sms.example.com/v1/providers/infobip/receipts/", HeaderMap::new());
    reader.reports(&Callback { url, path_secret: secret, headers: &headers, body: body.as_bytes() })
}

fn one(result: Value) -> Report {
    let body = json!({"results": [result]}).to_string();
    read(Some(CALLBACK_SECRET), &body).unwrap().remove(0)
}

#[test]
fn every_listed_status_is_about_the_message_that_its_id_names() {
    for status in codes::LISTED {
        let report = one(result(status.id, status.name));
        assert_eq!(report.about, About::Reference(recipient(A).reference));
        assert_eq!(report.provider_message_id, Some(MessageId::of(&recipient(A)).to_string()));
        assert_eq!(report.times_put_off, Some(0));
        assert_eq!((report.receipt.reported, report.unlisted), (status.reported, None), "{status:?}");
        assert_eq!(report.receipt.network.as_deref(), Some("63902"));
        let code = (status.reported == Reported::Undelivered).then_some(status.name);
        assert_eq!(report.receipt.code.as_deref(), code, "{status:?}");
    }
}

#[test]
fn an_error_says_more_than_its_status() {
    let mut failed = result(9, "UNDELIVERABLE_NOT_DELIVERED");
    failed["error"] = json!({"groupId": 1, "id": 27, "name": "EC_ABSENT_SUBSCRIBER", "permanent": false});
    assert_eq!(one(failed).receipt.code.as_deref(), Some("EC_ABSENT_SUBSCRIBER"));
}

#[test]
fn an_unlisted_status_is_reported_as_unlisted_and_counts_as_in_transit() {
    let report = one(result(555, "NEW_STATUS"));
    assert_eq!(
        (report.receipt.reported, report.unlisted.as_deref()),
        (Reported::InTransit, Some("NEW_STATUS"))
    );
}

#[test]
fn a_report_that_cannot_be_read_or_is_not_ours_is_not_searched_for_and_does_not_affect_the_others() {
    let mut foreign = result(5, "DELIVERED_TO_HANDSET");
    foreign["messageId"] = json!("somebody-elses");
    let body = json!({"results": [7, foreign, result(5, "DELIVERED_TO_HANDSET")]}).to_string();
    let reports = read(Some(CALLBACK_SECRET), &body).unwrap();
    let about = [About::Numbers(vec![]), About::Numbers(vec![]), About::Reference(recipient(A).reference)];
    assert_eq!(reports.into_iter().map(|report| report.about).collect::<Vec<_>>(), about);
}

#[test]
fn only_an_address_with_the_secret_is_read() {
    let body = json!({"results": []}).to_string();
    assert_eq!(read(Some(CALLBACK_SECRET), &body), Ok(vec![]));
    for secret in [None, Some(""), Some("0123456789abcdef0123456789abcdee")] {
        assert_eq!(read(secret, &body), Err(CallbackError::Forged));
    }
    for body in ["", "{}", "[]", r#"{"results":7}"#] {
        assert!(matches!(read(Some(CALLBACK_SECRET), body), Err(CallbackError::Malformed(_))), "{body}");
    }
}
