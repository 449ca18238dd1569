//! The form against the official SDK's, recorded (`tests/fixtures/sdk_recorded_requests.json`).

use platform::stage::Stage;
use proptest::prelude::*;

use super::{super::KIND, *};
use crate::account::Account;
use crate::testing::{json_fixture, submission};

fn config(enqueue: &str) -> AfricasTalkingConfig {
    let account = Account::new(&KIND, Stage::Test).with("username", "sandbox").with("enqueue", enqueue);
    AfricasTalkingConfig::new(&account.with_secret("api_key", "atsk_test")).unwrap()
}

/// The text that the recorded requests were made with.
const TEXT: &str = "Habari & karibu! 20% off + €5 — ñ 😀\nSTOP*456*9*5#";

#[test]
fn the_request_is_the_official_sdks_byte_by_byte() {
    let recorded = json_fixture("sdk_recorded_requests.json");
    let recorded = &recorded["africastalking-python 2.0.3 send, sender, enqueue"]["requests"][0];
    let submission = submission(TEXT, &[254_711_000_001, 254_711_000_002]);
    let request = build(&config("true"), &submission).unwrap();

    assert_eq!(request.method(), recorded["method"].as_str().unwrap());
    assert_eq!(request.uri().path(), recorded["path"].as_str().unwrap());
    let headers = recorded["headers"].as_object().unwrap();
    assert_eq!(request.headers().len(), headers.len());
    for (name, value) in headers {
        assert_eq!(request.headers()[name], value.as_str().unwrap());
    }
    assert_eq!(request.body(), recorded["body"].as_str().unwrap());
}

#[test]
fn the_form_begins_as_the_sdks_smallest_does() {
    let recorded = json_fixture("sdk_recorded_requests.json");
    let recorded = &recorded["africastalking-python 2.0.3 send, minimal"]["requests"][0]["body"];
    let body = body(&config("false"), &submission("Hi", &[254_711_000_001]));
    assert_eq!(body, format!("{}&from=ACME&enqueue=0", recorded.as_str().unwrap()));
}

proptest! {
    #[test]
    fn every_text_is_read_back_by_an_independent_reader(text in "[^\\p{Cc}\u{fffd}]{1,60}[a-z]") {
        let body = body(&config("true"), &submission(&text, &[254_711_000_001]));
        let fields: Vec<_> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
        prop_assert_eq!(fields.len(), 6);
        prop_assert_eq!(&fields[1], &("to".to_owned(), "+254711000001".to_owned()));
        prop_assert_eq!(&fields[2], &("message".to_owned(), text));
    }
}
