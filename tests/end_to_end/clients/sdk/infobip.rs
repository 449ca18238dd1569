//! Infobip's SDK, whose models are generated from its OpenAPI document.

use platform::stage::Stage;
use provider_emulators::{infobip::FakeInfobip, serve};
use providers::{
    Account,
    infobip::{InfobipConfig, KIND, request},
};
use serde_json::{Value, json};

use super::{NUMBERS, TEXT, msisdn, run, submission};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Prints the adapter's request as the SDK's models read it; then sends three times and prints the SDK's result for
/// each answer.
const SCRIPT: &str = r#"
import json, sys
import infobip_api_client as ib
from infobip_api_client.exceptions import ApiException

url, text, ours = sys.argv[1:]
request = ib.SmsRequest.from_json(ours)
print(json.dumps(request.to_dict()))

def send(request, key="ib_test"):
    api = ib.SmsApi(ib.ApiClient(ib.Configuration(host=url, api_key=key)))
    try:
        answer = api.send_sms_messages(request)
        seen = [[message.message_id, message.destination, message.status.group_name.value, message.status.name]
                for message in answer.messages]
    except ApiException as error:
        seen = {"status": error.status}
    print(json.dumps(seen))

send(request)
send(request)
send(request, key="a wrong key")
"#;

/// Prints a report as the SDK's models read it.
const REPORT_SCRIPT: &str = r#"
import json, sys
import infobip_api_client as ib
read = ib.SmsDeliveryResult.from_json(sys.argv[1])
print(json.dumps([[r.message_id, r.to, r.status.name, r.error.name, r.mcc_mnc, r.message_count] for r in read.results]))
"#;

#[tokio::test]
#[ignore = "needs the official SDK: .ci/sdks"]
async fn the_sdk_accepts_the_fake_and_our_request() {
    let fake = FakeInfobip::new("ib_test", &["ACME"]);
    fake.answer_number(msisdn(NUMBERS[1]), 10);
    let url = serve(fake.router()).await.unwrap();
    let account = Account::new(&KIND, Stage::Test)
        .with("base_url", "https://acme.api.infobip.com")
        .with_secret("api_key", "ib_test")
        .with_secret("callback_secret", SECRET)
        .called_at(Some("https://sms.example.com".to_owned()));
    let submission = submission();
    let ours = request::build(&InfobipConfig::new(&account).unwrap(), &submission).unwrap();
    let body = String::from_utf8(ours.body().to_vec()).unwrap();
    let seen = run(SCRIPT, vec![url, TEXT.to_owned(), body.clone()]).await;

    let [request, sent, again, wrong_key] = seen.as_slice() else { panic!("four lines: {seen:?}") };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(request, &json(&body), "every member is one of the models'");
    let id = |slot| format!("3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.{slot}-0");
    let row = |slot, to, group, name| json!([id(slot), to, group, name]);
    let accepted = row(0, "254711000001", "PENDING", "PENDING_ACCEPTED");
    assert_eq!(sent, &json!([accepted, row(1, "254711000002", "REJECTED", "REJECTED_DND")]));
    assert_eq!(again[0], row(0, "254711000001", "REJECTED", "REJECTED_DUPLICATE_MESSAGE_ID"));
    assert_eq!(wrong_key, &json!({"status": 401}));
    assert_eq!(json(&fake.requests()[0].body), json(&body));
    for (name, value) in &fake.requests()[0].headers {
        assert_eq!(ours.headers()[name], value.as_str());
    }

    let callbacks = fake.outbox().take();
    let report = String::from_utf8(callbacks[0].body().to_vec()).unwrap();
    let read = run(REPORT_SCRIPT, vec![report]).await;
    let expected = json!([[id(0), "254711000001", "DELIVERED_TO_HANDSET", "NO_ERROR", "63902", 1]]);
    assert_eq!(read, [expected]);
}
