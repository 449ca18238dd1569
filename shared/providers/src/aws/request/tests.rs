//! The request against the official SDK's, recorded (`tests/fixtures/sdk_requests.json`), and its model.

use serde_json::Value;

use super::*;
use crate::{
    aws::testing::account,
    testing::{RECORDED_TEXT, json_fixture, recorded_request, submission},
};

fn built() -> Request<Bytes> {
    let submission = submission(RECORDED_TEXT, &[254_711_000_001]);
    build(&AwsConfig::new(&account()).unwrap(), &submission, &submission.recipients()[0]).unwrap()
}

fn body(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

#[test]
fn the_request_is_the_official_sdks() {
    let (recorded, request) = (recorded_request("aws"), built());
    assert_eq!((request.method().as_str(), request.uri().path()), ("POST", "/"));
    let expected: Value = serde_json::from_str(recorded["body"].as_str().unwrap()).unwrap();
    assert_eq!(body(&request), expected);
    let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
    for name in ["x-amz-target", "content-type"] {
        assert_eq!(header(name), recorded["headers"][name].as_str().unwrap());
    }
    // The signature has the time and the host; what it is made over is the same. The SDK's own headers count its tries.
    let signed = |header: &str| header.split("Credential=").nth(1).unwrap().to_owned();
    let (ours, theirs) = (header("authorization"), recorded["headers"]["authorization"].as_str().unwrap());
    let scope = |text: String| {
        let (credential, rest) = text.split_once(", SignedHeaders=").unwrap();
        let mut parts: Vec<_> = credential.split('/').map(str::to_owned).collect();
        parts.remove(1);
        (parts, rest.split_once(", Signature=").unwrap().0.to_owned())
    };
    assert_eq!(scope(signed(&ours)), scope(signed(theirs)));
}

#[test]
fn the_request_has_only_members_of_the_model_in_the_form_that_the_model_demands() {
    let model = json_fixture("aws_eum_sendtextmessage_model.json");
    let members = &model["shapes"]["SendTextMessageRequest"]["members"];
    for (name, value) in body(&built()).as_object().unwrap() {
        let shape = &model["shapes"][members[name]["shape"].as_str().expect("a member of the model")];
        let Some(text) = value.as_str() else { continue };
        let characters = text.chars().count() as u64;
        assert!(shape["min"].as_u64().is_none_or(|min| min <= characters), "{name}");
        assert!(shape["max"].as_u64().is_none_or(|max| characters <= max), "{name}");
        let known = shape["enum"].as_array();
        assert!(known.is_none_or(|known| known.contains(value)), "{name}");
    }
}

#[test]
fn an_identity_of_the_account_is_the_sender_instead_of_the_campaigns_sender_id() {
    let account = account().with("origination_identity", "pool-0123");
    let submission = submission("Hi", &[254_711_000_001]);
    let request = build(&AwsConfig::new(&account).unwrap(), &submission, &submission.recipients()[0]);
    assert_eq!(body(&request.unwrap())["OriginationIdentity"], "pool-0123");
}

#[test]
fn a_number_and_a_short_code_send_as_they_are() {
    for sender in ["+254711082000", "22384"] {
        let text = "Hi".to_owned().try_into().unwrap();
        let recipients = crate::testing::recipients(&[254_711_000_001]);
        let submission = Submission::new(sender.parse().unwrap(), text, recipients).unwrap();
        let request = build(&AwsConfig::new(&account()).unwrap(), &submission, &submission.recipients()[0]);
        assert_eq!(body(&request.unwrap())["OriginationIdentity"], sender);
    }
}

#[test]
fn a_sender_with_a_space_is_not_sent_to_aws() {
    let text = "Hi".to_owned().try_into().unwrap();
    let recipients = crate::testing::recipients(&[254_711_000_001]);
    let submission = Submission::new("ACME SHOP".parse().unwrap(), text, recipients).unwrap();
    let built = build(&AwsConfig::new(&account()).unwrap(), &submission, &submission.recipients()[0]);
    assert_eq!(built.err(), Some(AccountFault::SenderRefused));
}
