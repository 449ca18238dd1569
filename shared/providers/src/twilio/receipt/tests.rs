//! Callbacks as Twilio sends them: every status, and unreadable ones.

use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::*;
use crate::{
    form::form,
    testing::{json_fixture, recipient},
    twilio::testing::AUTH_TOKEN,
};

fn url() -> String {
    let reference = recipient(254_711_000_001).reference;
    format!("https://sms.example.com/v1/providers/twilio/receipts/?reference={reference}")
}

fn body(status: &str, more: &[(&str, &str)]) -> String {
    let sid = format!("SM{}", "b".repeat(32));
    let fields = [("MessageSid", sid.as_str()), ("MessageStatus", status), ("To", "+254711000001")];
    form(fields.into_iter().chain(more.iter().copied()))
}

fn parsed(status: &str, more: &[(&str, &str)]) -> Report {
    parse(&url(), body(status, more).as_bytes()).unwrap()
}

#[test]
fn exactly_the_documented_statuses_are_listed() {
    let document = json_fixture("twilio_messages_openapi.trimmed.json");
    let statuses = &document["components"]["schemas"]["message_enum_status"]["enum"];
    let mut documented: Vec<&str> = statuses.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let mut listed = STATUSES.map(|(word, _)| word);
    documented.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed.as_slice(), documented);
}

#[test]
fn a_status_is_about_the_message_that_the_address_names() {
    for (status, reported) in STATUSES {
        let report = parsed(status, &[]);
        assert_eq!(report.about, About::Reference(recipient(254_711_000_001).reference));
        assert_eq!(report.provider_message_id, Some(format!("SM{}", "b".repeat(32))));
        assert_eq!((report.receipt.reported, report.unlisted), (reported, None), "{status}");
    }
    let failed = parsed("undelivered", &[("ErrorCode", "30003")]);
    assert_eq!((failed.receipt.code.as_deref(), failed.unlisted), (Some("30003"), None));
}

#[test]
fn an_unlisted_status_is_reported_as_unlisted_and_counts_as_in_transit() {
    let report = parsed("relayed", &[]);
    assert_eq!((report.receipt.reported, report.unlisted.as_deref()), (Reported::InTransit, Some("relayed")));
    assert_eq!(report.receipt.code.as_deref(), Some("relayed"));
    let report = parsed("failed", &[("ErrorCode", "39999")]);
    assert_eq!((report.receipt.reported, report.unlisted.as_deref()), (Reported::Undelivered, Some("39999")));
    assert_eq!(parsed("+254711000001", &[]).unlisted.as_deref(), Some("unlisted"));
}

#[test]
fn an_address_without_a_reference_leaves_the_number() {
    let address = "https://sms.example.com/v1/providers/twilio/receipts/";
    let number = Msisdn::from_digits(254_711_000_001).unwrap();
    for address in [address.to_owned(), format!("{address}?reference=x"), format!("{address}?other=1")] {
        let report = parse(&address, body("sent", &[]).as_bytes()).unwrap();
        assert_eq!(report.about, About::Numbers(vec![number]), "{address}");
    }
    let sid = format!("MessageSid=SM{}&MessageStatus=sent&To=%2B254XXX", "b".repeat(32));
    assert_eq!(parse(address, sid.as_bytes()).unwrap().about, About::Numbers(vec![]));
}

#[test]
fn a_form_without_its_fields_is_malformed_and_not_repeated() {
    let long = "a".repeat(MAX_FORM_BYTES + 1);
    for body in ["", "MessageSid=SM1", "MessageStatus=sent", "MessageSid=&MessageStatus=sent", &long] {
        let Err(CallbackError::Malformed(reason)) = parse(&url(), body.as_bytes()) else { panic!("{body}") };
        assert!(!reason.contains("SM1"), "{reason}");
    }
}

#[test]
fn only_a_signed_callback_is_read() {
    let reader = TwilioCallbacks::new(AUTH_TOKEN);
    let reports = |url: &str, headers: &HeaderMap| {
        let body = body("delivered", &[]);
        reader.reports(&Callback { url, path_secret: None, headers, body: body.as_bytes() })
    };
    assert_eq!(reports(&url(), &HeaderMap::new()), Err(CallbackError::Forged));
    let signed = signature::sign(AUTH_TOKEN, &url(), body("delivered", &[]).as_bytes());
    let headers = HeaderMap::from_iter([(signature::NAME, HeaderValue::try_from(signed).unwrap())]);
    assert_eq!(reports(&url(), &headers).map(|reports| reports.len()), Ok(1));
    for address in [url().replace("/?", "?"), url().replace("sms.", "evil."), format!("{}&a=1", url())] {
        assert_eq!(reports(&address, &headers), Err(CallbackError::Forged), "{address}");
    }
    assert!(!format!("{reader:?}").contains(AUTH_TOKEN));
}
