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
    let own = &answer("account list").1["results"];
    assert_eq!((&own[0]["account"], &own[0]["state"]), (&json!("sandbox"), &json!("open")), "{own}");

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

    let (exit, checked) = answer("account check at-ke");
    assert_eq!((exit, &checked["problems"]), (Some(1), &json!(["api_key is not set"])), "{checked}");
    let (_, held) = answer("account hold at-ke --reason unpaid");
    assert_eq!(held["results"][0]["held"]["reason"], "unpaid");
    assert_eq!(answer("account hold africastalking").1["total"], 3);
    assert_eq!(code("account hold nobody"), "account_not_found");
    assert_eq!(answer("account open africastalking").1["total"], 2);
    assert_eq!(answer("account remove at-ke").1["removed"], true);
    // The hold stays, because running functions have read the account already.
    assert_eq!(answer("account list").1["results"][0]["held"]["reason"], "unpaid", "its hold stays");
    assert_eq!(answer("account open at-ke").1["total"], 1);
    assert_eq!(code("account open at-ke"), "account_not_found");
    assert_eq!(code("account remove at-ke"), "account_not_found");
    let fed = run_fed(data, &[], &["account", "secrets", "africastalking", "--json"], b"atsk_0");
    assert_eq!(document(&fed)["error"]["code"], "secrets");
}

#[test]
#[ignore = "long: .ci/run"]
fn routes_lead_to_accounts_that_exist_and_show_where_a_number_goes() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let answer = |line: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        document(&run(data, &words))
    };
    let refused = |line: &str| {
        let document = answer(line);
        let error = &document["error"];
        (error["code"].as_str().unwrap().to_owned(), error["message"].as_str().unwrap().to_owned())
    };
    let routes = |document: &Value| {
        let routes = document["results"].as_array().unwrap().iter();
        routes.map(|route| (route["prefix"].clone(), route["legs"][0]["account"].clone())).collect::<Vec<_>>()
    };
    for account in ["at-ke --pace 80", "at-ug --sender 22384 --sender ACME"] {
        answer(&format!("account add {account} --kind africastalking --set username=acme"));
    }
    let only = answer("route show 254712345678");
    assert_eq!((&only["source"], &only["account"]), (&json!("provider_parameter"), &json!("sandbox")));

    for (line, part) in [
        ("route set 256=at-ug", "recipients who are still queued fail and are refunded"),
        (
            "account set at-ug --sender 22384 --sender ACME",
            "those who are still queued fail and are refunded",
        ),
    ] {
        let notes = String::from_utf8(run(data, &line.split(' ').collect::<Vec<_>>()).stderr).unwrap();
        assert!(notes.contains(part), "{line}: {notes}");
    }
    let set = answer("route set 254=at-ke,sandbox 256=at-ug,at-ke:+15005550006 =sandbox");
    assert_eq!(
        routes(&set),
        [(json!(""), json!("sandbox")), (json!("254"), json!("at-ke")), (json!("256"), json!("at-ug")),]
    );
    answer("route set 2547=at-ug,sandbox --org demo");
    for (line, code, part) in [
        ("route set 254=at-tz", "account_not_found", "`254=at-tz` names the account at-tz"),
        ("route set 254=twilio", "account_not_found", "`254=twilio` names the account twilio"),
        ("route set 254=at-ke 254=at-ug", "invalid_routes", "prefix 254 has two routes"),
        ("route set 0254=at-ke", "usage", "`0254` is not a prefix"),
        ("route set 254=", "usage", "the route of prefix 254 names no account"),
        ("route set 254=at-ke,at-ke", "usage", "the account at-ke twice"),
        ("route set 254=at-ke,sandbox --share sandbox=0%", "usage", "percent, from 1 to 99"),
        ("route set 254=at-ke,sandbox --share at-ke=1%", "invalid_routes", "at-ke=1% would change nothing"),
        ("route set 254=at-ke,sandbox --share at-ug=1%", "invalid_routes", "at-ug=1% would change nothing"),
        (
            "route set 254=at-ke,sandbox,at-ug --share sandbox=60% --share at-ug=40%",
            "invalid_routes",
            "under 100% in all",
        ),
        ("route remove 255", "route_not_found", "255"),
        ("route show 0712345678", "usage", "international"),
        ("route set 254=at-ke --org acme", "organisation_not_found", "acme"),
        ("account remove at-ke", "account_in_routes", "254=at-ke,sandbox; 256=at-ug"),
        ("account remove at-ug", "account_in_routes", "2547=at-ug,sandbox of organisation"),
    ] {
        let (found, message) = refused(line);
        assert!(found == code && message.contains(part), "{line}: {found}: {message}");
    }

    let shared = answer("route set 254=at-ke,sandbox 256=sandbox,at-ke --share sandbox=1%");
    let shares = [&shared["results"][1]["legs"][1], &shared["results"][2]["legs"][1]];
    assert_eq!(shares.map(|leg| leg["share_percent"].clone()), [json!(1), json!(null)], "{shared}");
    let listed = String::from_utf8(run(data, &["route", "show"]).stdout).unwrap();
    assert!(listed.contains("254=at-ke,sandbox --share sandbox=1%\n256=sandbox,at-ke\n"), "{listed}");

    answer("account hold at-ke --reason unpaid");
    let shown = answer("route show 254712345678");
    assert_eq!((&shown["prefix"], &shown["source"]), (&json!("254"), &json!("deployment")));
    assert_eq!((&shown["legs"][0]["state"], &shown["account"]), (&json!("held"), &json!("sandbox")));
    let own = answer("route show 254712345678 --org demo");
    assert_eq!((&own["prefix"], &own["source"]), (&json!("2547"), &json!("organisation")));
    assert_eq!(own["legs"][0]["state"], "sender_not_allowed", "the account does not list it: {own}");
    let text = String::from_utf8(run(data, &["route", "show", "254712345678"]).stdout).unwrap();
    assert!(text.contains("1. at-ke (africastalking): held since") && text.contains(": unpaid"), "{text}");
    let standby = "2. sandbox (sandbox): open, first for 1% of recipients <- goes here";
    assert!(text.contains(standby), "{text}");

    let paced = answer("account set at-ug --sender +15005550006=1 --sender ACME");
    assert_eq!(paced["sender_segments_per_second"], json!({"+15005550006": 1}), "{paced}");
    let listed = String::from_utf8(run(data, &["account", "list"]).stdout).unwrap();
    assert!(listed.contains("as +15005550006 (1/s), ACME only"), "{listed}");
    assert_eq!(refused("account set at-ug --sender ACME=0").0, "usage");
    let changed = answer("account set at-ug --any-sender --pace 5");
    assert_eq!((&changed["segments_per_second"], &changed["sender_ids"]), (&json!(5), &json!([])));
    assert_eq!(answer("route show 254712345678 --org demo")["account"], "at-ug");
    assert_eq!(answer("route remove 2547 --org demo")["total"], 0);
    assert_eq!(answer("route remove 254 256")["total"], 1);
    assert_eq!(answer("account remove at-ke")["removed"], true);

    // The instance gets the form of a deployment whose parameter names an account that was added.
    let file = data.join(cli::instance::INSTANCE_FILE);
    let instance = std::fs::read_to_string(&file).unwrap();
    let named = instance.replace(r#""PROVIDER": "sandbox""#, r#""PROVIDER": "at-ug""#);
    assert_ne!(named, instance);
    std::fs::write(&file, named).unwrap();
    let (found, message) = refused("account remove at-ug");
    assert!(found == "account_in_routes" && message.contains("parameter Provider names at-ug"), "{message}");
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
