//! Africa's Talking.

use platform::stage::Stage;
use provider_emulators::{africastalking::FakeAfricasTalking, serve};
use providers::{
    Account,
    africastalking::{self, AfricasTalkingConfig, request},
};
use serde_json::json;

use super::{NUMBERS, TEXT, msisdn, run, submission};

/// Sends four times and prints the SDK's result for each answer, as a line of JSON; then the application's data.
const SCRIPT: &str = r#"
import json, sys
from africastalking.SMS import SMSService

url, text = sys.argv[1:3]

def send(key, *what):
    sms = SMSService("acme", key)
    sms._baseUrl = url + "/version1"
    try:
        seen = {"saw": sms.send(*what)}
    except Exception as error:
        seen = {"raised": type(error).__name__, "saying": str(error)}
    print(json.dumps(seen))

both = ["+254711000001", "+254711000002"]
send("atsk_test", text, both, "ACME", True)
send("atsk_test", text, both)
send("atsk_test", text, both, "NOTOURS")
send("a wrong key", text, both)

from africastalking.Application import ApplicationService
application = ApplicationService("acme", "atsk_test")
application._baseUrl = url + "/version1"
print(json.dumps(application.fetch_application_data()))
"#;

#[tokio::test]
#[ignore = "needs the official SDK: .ci/sdks"]
async fn the_official_sdk_accepts_the_fake_and_sends_the_same_request_as_the_adapter() {
    let fake = FakeAfricasTalking::new("acme", "atsk_test", &["ACME"]);
    fake.answer_number(msisdn(NUMBERS[1]), 406);
    let url = serve(fake.router()).await.unwrap();
    let seen = run(SCRIPT, vec![url, TEXT.to_owned()]).await;
    let [with_sender, without_sender, foreign_sender, wrong_key, user] = seen.as_slice() else {
        panic!("five answers: {seen:?}");
    };
    // The answer of the documented samples.
    let answer = json!({"saw": {"SMSMessageData": {
        "Message": "Sent to 1/2 Total Cost: KES 0.8000",
        "Recipients": [
            {"statusCode": 101, "number": "+254711000001", "status": "Success", "cost": "KES 0.8000",
             "messageId": "ATPid_00000000000000000000000000000001"},
            {"statusCode": 406, "number": "+254711000002", "status": "UserInBlacklist", "cost": "0",
             "messageId": "None"},
        ],
    }}});
    assert_eq!(with_sender, &answer);
    assert_eq!(without_sender["saw"]["SMSMessageData"]["Recipients"][0]["statusCode"], 101);
    let refused = json!({"saw": {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}});
    assert_eq!(foreign_sender, &refused);
    assert_eq!(wrong_key["saying"], "The supplied authentication is invalid");
    assert_eq!(user, &json!({"UserData": {"balance": "KES 1785.50"}}));

    let sent = &fake.requests()[0];
    assert_eq!(sent.body, request::body(&config(), &submission()));
    let ours = request::build(&config(), &submission()).unwrap();
    for (name, value) in &sent.headers {
        assert_eq!(ours.headers()[name], value.as_str());
    }
}

fn config() -> AfricasTalkingConfig {
    let account = Account::new(&africastalking::KIND, Stage::Test).with("username", "acme");
    AfricasTalkingConfig::new(&account.with_secret("api_key", "atsk_test")).unwrap()
}
