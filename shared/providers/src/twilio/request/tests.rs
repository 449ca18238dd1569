//! The form against the official SDK's, recorded (`tests/fixtures/sdk_requests.json`).

use super::*;
use crate::{
    testing::{RECORDED_TEXT, recorded_request, submission},
    twilio::testing::account,
};

fn built(config: &TwilioConfig) -> Request<Bytes> {
    let submission = submission(RECORDED_TEXT, &[254_711_000_001]);
    build(config, &submission, &submission.recipients()[0]).unwrap()
}

#[test]
fn the_request_is_the_official_sdks() {
    let service = format!("MG{}", "b".repeat(32));
    let cases = [
        ("twilio sender", account()),
        ("twilio messaging service", account().with("messaging_service", service)),
    ];
    for (name, account) in cases {
        let (recorded, request) = (recorded_request(name), built(&TwilioConfig::new(&account).unwrap()));
        assert_eq!(request.method(), recorded["method"].as_str().unwrap());
        assert_eq!(request.uri().path(), recorded["path"].as_str().unwrap());
        assert_eq!(request.body(), recorded["body"].as_str().unwrap());
        // Headers that only the SDK sends: its own name, and one that HTTP no longer has.
        let its_own = |name: &str| ["x-twilio-client", "accept-charset"].contains(&name);
        let headers = recorded["headers"].as_object().unwrap();
        let headers: Vec<_> = headers.iter().filter(|(name, _)| !its_own(name)).collect();
        assert_eq!(request.headers().len(), headers.len());
        for (name, value) in headers {
            assert_eq!(request.headers()[name], value.as_str().unwrap());
        }
    }
}
