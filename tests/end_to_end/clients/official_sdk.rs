//! The official Python SDK against our fake: where it accepts the answers the fake is faithful, and so
//! is what our adapter was tested with. What the SDK sends must be what our adapter sends.
//!
//! Needs Python with the SDK. `AFRICASTALKING_SDK_PYTHON` names an interpreter that has it; else one is
//! made under `target/`, once, with pip. Where neither can be had the test says so and judges nothing.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use domain::{
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    msisdn::Msisdn,
};
use platform::stage::Stage;
use provider_emulators::africastalking::FakeAfricasTalking;
use providers::{
    Account, Recipient, Submission,
    africastalking::{self, AfricasTalkingConfig, request},
};
use serde_json::{Value, json};

const SDK: &str = "africastalking==2.0.3";
const TEXT: &str = "Habari & karibu! 20% off + €5 — ñ 😀\nSTOP*456*9*5#";
const NUMBERS: [u64; 2] = [254_711_000_001, 254_711_000_002];

/// Sends four times and prints what the SDK made of each answer, a line of JSON each.
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
"#;

#[tokio::test]
async fn the_official_sdk_accepts_the_fake_and_sends_what_our_adapter_sends() {
    let Some(python) = python_with_sdk() else {
        return super::skip(&format!("neither AFRICASTALKING_SDK_PYTHON nor a venv with {SDK} can be had"));
    };
    let fake = FakeAfricasTalking::new("acme", "atsk_test", &["ACME"]);
    fake.answer_number(Msisdn::from_digits(NUMBERS[1]).unwrap(), 406);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = fake.router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let seen = tokio::task::spawn_blocking(move || run(&python, &url)).await.unwrap();
    let [with_sender, without_sender, foreign_sender, wrong_key] = seen.as_slice() else {
        panic!("four answers: {seen:?}");
    };
    // In the words of the documented samples.
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

fn submission() -> Submission {
    let organisation = OrganisationId("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap());
    let campaign = CampaignKey { organisation, campaign: CampaignId::new(1).unwrap() };
    let reference = campaign.batch(0).message(0);
    let recipient = |number| Recipient { msisdn: Msisdn::from_digits(number).unwrap(), reference };
    let recipients = NUMBERS.map(recipient).to_vec();
    Submission::new("ACME".parse().unwrap(), TEXT.to_owned().try_into().unwrap(), recipients).unwrap()
}

fn run(python: &Path, url: &str) -> Vec<Value> {
    let output = Command::new(python).args(["-c", SCRIPT, url, TEXT]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn python_with_sdk() -> Option<PathBuf> {
    match env::var_os("AFRICASTALKING_SDK_PYTHON") {
        Some(python) => Some(PathBuf::from(python)),
        None => made_under_target(),
    }
}

/// A venv beside cargo's own temporary files. It is marked as whole at the very end, so that one that
/// was broken off is made anew.
fn made_under_target() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("africastalking-sdk");
    let (python, whole) = (venv.join("bin/python"), venv.join(SDK));
    if !whole.exists() {
        make(&venv, &python)?;
        fs::write(whole, "").ok()?;
    }
    Some(python)
}

/// A venv's own pip takes longer to unpack than the SDK: the interpreter's own installs into it, where it has
/// one that is new enough.
fn make(venv: &Path, python: &Path) -> Option<()> {
    let make = |options: &[&str]| {
        succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).args(options).arg(venv))
    };
    let install = |pip: &mut Command| succeeds(pip.args(["install", "--quiet", "--no-compile", SDK]));
    make(&["--without-pip"])?;
    install(Command::new("python3").args(["-m", "pip", "--python"]).arg(python)).or_else(|| {
        make(&[])?;
        install(Command::new(python).args(["-m", "pip"]))
    })
}

fn succeeds(command: &mut Command) -> Option<()> {
    let output = command.output().ok()?;
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success().then_some(())
}
