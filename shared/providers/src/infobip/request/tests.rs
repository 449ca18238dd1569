//! The request against the official SDK's, recorded (`tests/fixtures/sdk_requests.json`).

use serde_json::Value;

use super::*;
use crate::{
    infobip::testing::account,
    testing::{RECORDED_TEXT, recorded_request, submission},
};

#[test]
fn a_number_sends_without_its_plus() {
    let recipients = crate::testing::recipients(&[254_711_000_001]);
    for (sender, sent) in [("+254711082000", "254711082000"), ("22384", "22384"), ("ACME", "ACME")] {
        let text = "Hi".to_owned().try_into().unwrap();
        let submission = Submission::new(sender.parse().unwrap(), text, recipients.clone()).unwrap();
        let request = build(&InfobipConfig::new(&account()).unwrap(), &submission).unwrap();
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        assert_eq!(body["messages"][0]["sender"], sent);
    }
}

#[test]
fn the_request_is_the_official_sdks() {
    let recorded = recorded_request("infobip");
    let submission = submission(RECORDED_TEXT, &[254_711_000_001, 254_711_000_002]);
    let request = build(&InfobipConfig::new(&account()).unwrap(), &submission).unwrap();
    assert_eq!(request.method(), recorded["method"].as_str().unwrap());
    assert_eq!(request.uri().path(), recorded["path"].as_str().unwrap());
    let body = |text: &[u8]| serde_json::from_slice::<Value>(text).unwrap();
    assert_eq!(body(request.body()), body(recorded["body"].as_str().unwrap().as_bytes()));
    let headers = recorded["headers"].as_object().unwrap();
    assert_eq!(request.headers().len(), headers.len());
    for (name, value) in headers {
        assert_eq!(request.headers()[name], value.as_str().unwrap());
    }
}
