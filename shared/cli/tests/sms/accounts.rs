//! `account`: accounts at providers, and their secrets.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{
    endpoint::{Answer, Endpoint, Request},
    home::Home,
    instance::Instance,
    process::{document, run, run_fed},
};

const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sms-AbCdEf";

#[test]
fn accounts_are_added_held_opened_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let answer = |line: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let output = run(data, &words);
        (output.status.code(), document(&output))
    };
    let code = |line: &str| answer(line).1["error"]["code"].clone();
    let (exit, kinds) = answer("account kinds");
    assert_eq!((exit, &kinds["results"][0]["kind"]), (Some(0), &json!("sandbox")));
    assert_eq!(answer("account list").1["total"], 0);

    let add = "account add at-ke --kind africastalking --set username=acme --set enqueue=false";
    let (exit, added) = answer(add);
    assert_eq!((exit, &added["settings"]["enqueue"]), (Some(0), &json!("false")), "{added}");
    assert_eq!(code(add), "account_name_taken");
    assert_eq!(
        code("account add africastalking --kind africastalking --set username=a"),
        "account_name_taken"
    );
    let (_, refused) = answer("account add at-ug --kind africastalking --set user=acme --set enqueue=yes");
    let message = refused["error"]["message"].as_str().unwrap();
    for part in ["username is not set", "user is not a setting", "enqueue"] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(answer("account add At_Ke --kind africastalking").0, Some(2));
    assert_eq!(answer("account add at-ug --kind pigeon").0, Some(2));
    assert_eq!(code("account add own --kind aws --set region=eu-west-1"), "account_settings");

    assert_eq!(answer("account check at-ke").1, json!({"account": "at-ke", "problems": []}));
    let (_, held) = answer("account hold at-ke --reason unpaid");
    assert_eq!(held["results"][0]["held"]["reason"], "unpaid");
    // The account of a deployment's parameters is not listed until it is held.
    assert_eq!(answer("account hold africastalking").1["total"], 2);
    assert_eq!(code("account hold nobody"), "account_not_found");
    assert_eq!(answer("account open africastalking").1["total"], 1);
    assert_eq!(answer("account remove at-ke").1["removed"], true);
    // Functions that run have read it already.
    assert_eq!(answer("account list").1["results"][0]["held"]["reason"], "unpaid", "its hold stays");
    assert_eq!(answer("account open at-ke").1["total"], 0);
    assert_eq!(code("account open at-ke"), "account_not_found");
    assert_eq!(code("account remove at-ke"), "account_not_found");
    let fed = run_fed(data, &[], &["account", "secrets", "africastalking", "--json"], b"atsk_0");
    assert_eq!(document(&fed)["error"]["code"], "secrets");
}

/// A fake AWS with one stack whose secret is this text.
fn aws(text: &str) -> (Endpoint, Arc<Mutex<String>>) {
    let secret = Arc::new(Mutex::new(text.to_owned()));
    let stored = secret.clone();
    let answer = move |request: &Request| -> Answer {
        let target = |name: &str| request.headers.contains(&format!("x-amz-target: {name}").to_lowercase());
        if target("secretsmanager.GetSecretValue") {
            return (200, json!({"SecretString": *stored.lock().unwrap()}).to_string());
        }
        if target("secretsmanager.PutSecretValue") {
            let body: Value = serde_json::from_str(&request.body).unwrap();
            assert_eq!(body["SecretId"], ARN);
            *stored.lock().unwrap() = body["SecretString"].as_str().unwrap().to_owned();
            return (200, "{}".to_owned());
        }
        if request.body.contains("DescribeStacks") {
            let output = format!("<OutputKey>ProviderSecretsArn</OutputKey><OutputValue>{ARN}</OutputValue>");
            return (
                200,
                format!("<Stacks><member><Outputs><member>{output}</member></Outputs></member></Stacks>"),
            );
        }
        (200, "{}".to_owned())
    };
    (Endpoint::start(answer), secret)
}

#[test]
fn secrets_are_read_from_standard_input_and_added_to_those_of_other_accounts() {
    let (aws, secret) = aws(r#"{"callback_secret":"c","infobip":{"api_key":"other"}}"#);
    let home = Home::new().with_keys("AKIDENV").with("AWS_ENDPOINT_URL", &aws.url());
    let set = |input: &str| {
        let arguments = ["account", "secrets", "africastalking", "--stack", "prod", "--json"];
        home.run_fed(&arguments, input.as_bytes())
    };
    let output = set("atsk_new\n");
    let said = [&*output.stdout, &output.stderr].map(String::from_utf8_lossy).concat();
    assert!(output.status.success() && !said.contains("atsk"), "{said}");
    let expected =
        r#"{"africastalking":{"api_key":"atsk_new"},"callback_secret":"c","infobip":{"api_key":"other"}}"#;
    assert_eq!(*secret.lock().unwrap(), expected);

    for input in ["", "api_kye=atsk_1\ncallback_secret=b", "{"] {
        let refused = set(input);
        let said = [&*refused.stdout, &refused.stderr].map(String::from_utf8_lossy).concat();
        assert!(!refused.status.success() && !said.contains("atsk"), "{said}");
    }
    assert_eq!(*secret.lock().unwrap(), expected, "nothing was changed");
}
