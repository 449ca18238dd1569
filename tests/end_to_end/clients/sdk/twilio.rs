//! Twilio, judged by its SDK and by its OpenAPI.

use platform::stage::Stage;
use provider_emulators::{serve, twilio::FakeTwilio};
use providers::{
    Account,
    twilio::{KIND, TwilioConfig, request},
};
use serde_json::{Value, json};

use super::{NUMBERS, TEXT, msisdn, run, submission};

const ACCOUNT_SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const AUTH_TOKEN: &str = "f1e2d3c4b5a697887766554433221100";

/// Sends six times and prints the SDK's result for each answer, and the account's status. Then prints the
/// specification's errors about the adapter's request and the fake's answer.
const SCRIPT: &str = r#"
import json, sys, urllib.parse, urllib.request, base64
import jsonschema
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

url, account, token, text, ours, specification = sys.argv[1:]

def send(token=token, **what):
    client = Client(account, token)
    client.api.base_url = url
    try:
        made = client.messages.create(**what)
        seen = {"sid": made.sid, "status": made.status, "num_segments": made.num_segments, "price": made.price,
                "error_code": made.error_code, "year": made.date_created.year > 2000, "to": made.to}
    except TwilioRestException as error:
        seen = {"code": error.code, "status": error.status}
    print(json.dumps(seen))

what = {"to": "+254711000001", "from_": "ACME", "body": text}
send(**what, status_callback=dict(urllib.parse.parse_qsl(ours))["StatusCallback"])
send(to="+254711000001", messaging_service_sid="MG" + "b" * 32, body=text)
send(**{**what, "to": "+254711000002"})
send(**{**what, "to": "0711"})
send(**{**what, "body": "x" * 1601})
send(**what, token="a wrong token")
client = Client(account, token)
client.api.base_url = url
print(json.dumps(client.api.accounts(account).fetch().status))

def plain(schema, document):
    """A schema of OpenAPI 3.0 as JSON Schema: references followed, `nullable` as a type."""
    if isinstance(schema, list): return [plain(entry, document) for entry in schema]
    if not isinstance(schema, dict): return schema
    if "$ref" in schema: schema = document["components"]["schemas"][schema["$ref"].split("/")[-1]]
    schema = {name: plain(value, document) for name, value in schema.items()}
    return {"anyOf": [schema, {"type": "null"}]} if schema.get("nullable") is True else schema

document = json.load(open(specification))
operation = document["paths"]["/2010-04-01/Accounts/{AccountSid}/Messages.json"]["post"]
request = plain(operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"], document)
answer = plain(operation["responses"]["201"]["content"]["application/json"]["schema"], document)
for schema in (request, answer): schema["additionalProperties"] = False

def problems(schema, value):
    print(json.dumps([error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(value)]))

problems(request, dict(urllib.parse.parse_qsl(ours, strict_parsing=True)))
call = urllib.request.Request(f"{url}/2010-04-01/Accounts/{account}/Messages.json", ours.encode())
call.add_header("authorization", "Basic " + base64.b64encode(f"{account}:{token}".encode()).decode())
problems(answer, json.load(urllib.request.urlopen(call)))
"#;

#[tokio::test]
#[ignore = "needs the official SDK: .ci/sdks"]
async fn the_sdk_and_the_specification_accept_the_fake_and_our_request() {
    let service = format!("MG{}", "b".repeat(32));
    let fake = FakeTwilio::new(ACCOUNT_SID, AUTH_TOKEN, &["ACME", &service]);
    fake.answer_number(msisdn(NUMBERS[1]), 21_610);
    let url = serve(fake.router()).await.unwrap();
    let submission = submission();
    let account = Account::new(&KIND, Stage::Test)
        .with("account_sid", ACCOUNT_SID)
        .with_secret("auth_token", AUTH_TOKEN)
        .called_at(Some("https://sms.example.com".to_owned()));
    let config = TwilioConfig::new(&account).unwrap();
    let ours = request::build(&config, &submission, &submission.recipients()[0]).unwrap();
    let body = String::from_utf8(ours.body().to_vec()).unwrap();
    let specification =
        concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/twilio_messages_openapi.trimmed.json").to_owned();
    let arguments = [url, ACCOUNT_SID.into(), AUTH_TOKEN.into(), TEXT.into(), body.clone(), specification];
    let seen = run(SCRIPT, arguments.to_vec()).await;

    let [sent, by_service, opted_out, no_number, too_long, wrong_token, status, request, answer] =
        seen.as_slice()
    else {
        panic!("nine lines: {seen:?}");
    };
    let expected = json!({
        "sid": "SM00000000000000000000000000000001", "status": "queued", "num_segments": "1", "price": null,
        "error_code": null, "year": true, "to": "+254711000001",
    });
    assert_eq!(sent, &expected);
    assert_eq!((&by_service["status"], &by_service["num_segments"]), (&json!("accepted"), &json!("0")));
    let refused = |code, status| json!({"code": code, "status": status});
    assert_eq!(opted_out, &refused(21_610, 400));
    assert_eq!(no_number, &refused(21_211, 400));
    assert_eq!(too_long, &refused(21_617, 400));
    assert_eq!(wrong_token, &refused(20_003, 401));
    assert_eq!(status, "active");
    assert_eq!((request, answer), (&json!([]), &json!([])), "what the specification finds wrong");
    assert_eq!(sorted(&fake.requests()[0].body), sorted(&body));
    for (name, value) in &fake.requests()[0].headers {
        assert_eq!(ours.headers()[name], value.as_str());
    }
}

fn sorted(form: &str) -> Value {
    let mut fields: Vec<&str> = form.split('&').collect();
    fields.sort_unstable();
    json!(fields)
}
