//! AWS End User Messaging SMS, judged by botocore and its model of the service.

use platform::stage::Stage;
use provider_emulators::{aws::FakeAws, serve};
use providers::{
    Account,
    aws::{AwsConfig, KIND, request},
};
use serde_json::{Value, json};

use super::{NUMBERS, TEXT, msisdn, run, submission};

/// Prints the model's errors about the adapter's request; then sends five times and prints botocore's result for each
/// answer.
const SCRIPT: &str = r#"
import json, sys
import botocore.config, botocore.exceptions, botocore.session, botocore.validate

url, text, ours = sys.argv[1:]

def client(key):
    session = botocore.session.get_session()
    session.set_credentials(key, "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    return session.create_client("pinpoint-sms-voice-v2", region_name="eu-west-1", endpoint_url=url, config=once)

def send(key="AKIDEXAMPLE", **what):
    try:
        answer = client(key).send_text_message(**what)
        seen = {"id": answer.get("MessageId"), "status": answer["ResponseMetadata"]["HTTPStatusCode"]}
    except botocore.exceptions.ClientError as error:
        seen = {"raised": type(error).__name__, "code": error.response["Error"]["Code"],
                "reason": error.response.get("Reason")}
    print(json.dumps(seen))

ours = json.loads(ours)
shape = client("AKIDEXAMPLE").meta.service_model.operation_model("SendTextMessage").input_shape
print(json.dumps(botocore.validate.ParamValidator().validate(ours, shape).generate_report()))
send(**ours)
send(**{**ours, "DestinationPhoneNumber": "+254711000002"})
send(**{**ours, "OriginationIdentity": "OTHER"})
send(**{**ours, "DestinationPhoneNumber": "0711"})
send(**ours, key="AKIDOTHER")
send(**ours, DryRun=True)
"#;

#[tokio::test]
#[ignore = "needs the official SDK: .ci/sdks"]
async fn botocore_accepts_the_fake_and_our_request() {
    let fake = FakeAws::new("AKIDEXAMPLE", &["ACME"]);
    let reason = "DESTINATION_PHONE_NUMBER_OPTED_OUT";
    fake.answer_number(msisdn(NUMBERS[1]), "ConflictException", Some(reason));
    let url = serve(fake.router()).await.unwrap();
    let account = Account::new(&KIND, Stage::Test)
        .with("region", "eu-west-1")
        .with("configuration_set", "sms")
        .with_secret("access_key_id", "AKIDEXAMPLE")
        .with_secret("secret_access_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let (config, submission) = (AwsConfig::new(&account).unwrap(), submission());
    let ours = request::build(&config, &submission, &submission.recipients()[0]).unwrap();
    let body = String::from_utf8(ours.body().to_vec()).unwrap();
    let seen = run(SCRIPT, vec![url, TEXT.to_owned(), body.clone()]).await;

    let [model, sent, opted_out, no_identity, no_number, wrong_key, checked] = seen.as_slice() else {
        panic!("seven lines: {seen:?}");
    };
    assert_eq!(model, "", "what the model finds wrong");
    assert_eq!(sent, &json!({"id": "862a8790-60c0-4430-9b2b-000000000001", "status": 200}));
    let raised = |name, reason| json!({"raised": name, "code": name, "reason": reason});
    assert_eq!(opted_out, &raised("ConflictException", json!(reason)));
    assert_eq!(no_identity, &raised("ResourceNotFoundException", json!(null)));
    assert_eq!(no_number, &raised("ValidationException", json!("FIELD_VALIDATION_FAILED")));
    assert_eq!(wrong_key["code"], "UnrecognizedClientException");
    assert_eq!(checked, &json!({"id": null, "status": 200}));

    let sent = &fake.requests()[0];
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(json(&sent.body), json(&body));
    for name in ["content-type", "x-amz-target"] {
        assert_eq!(ours.headers()[name], sent.headers[name].as_str());
    }
}
