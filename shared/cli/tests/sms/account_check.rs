//! `account check` through the binary, against each provider's fake: a good key, a wrong one, and nothing listening.

use std::{net::TcpListener, process::Output, thread};

use provider_emulators::{
    africastalking::FakeAfricasTalking, aws::FakeAws, infobip::FakeInfobip, serve, twilio::FakeTwilio,
};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{
    endpoint::{Answer, Endpoint, Request},
    home::Home,
    instance::Instance,
    process::{document, run_with},
};

const SID: &str = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const SECRET: &str = "0123456789abcdef0123456789abcdef";
const ARN: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sms-AbCdEf";

/// The address of each fake, on a thread of its own for as long as it is kept.
struct Fakes {
    urls: Vec<(&'static str, String)>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
    twilio: FakeTwilio,
}

impl Fakes {
    fn start() -> Self {
        let twilio = FakeTwilio::new(SID, "right", &[]);
        let (routes, (stop, stopped)) = (twilio.router(), oneshot::channel());
        let (started, up) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let routers = [
                    ("africastalking", FakeAfricasTalking::new("acme", "right", &[]).router()),
                    ("aws", FakeAws::new("right", &[]).router()),
                    ("infobip", FakeInfobip::new("right", &[]).router()),
                    ("twilio", routes),
                ];
                let mut urls = Vec::new();
                for (kind, router) in routers {
                    urls.push((kind, serve(router).await.unwrap()));
                }
                started.send(urls).unwrap();
                let _ = stopped.await;
            });
        });
        Self { urls: up.recv().unwrap(), stop: Some(stop), thread: Some(thread), twilio }
    }

    fn url(&self, kind: &str) -> &str {
        &self.urls.iter().find(|(known, _)| *known == kind).unwrap().1
    }
}

impl Drop for Fakes {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The variables of an account of a kind, as its user has exported them for `cargo run` in the terminal.
fn variables(kind: &str, url: &str, key: &str) -> Vec<(&'static str, String)> {
    let own = |name, value: &str| (name, value.to_owned());
    match kind {
        "africastalking" => vec![
            own("AFRICASTALKING_USERNAME", "acme"),
            own("AFRICASTALKING_API_KEY", key),
            own("AFRICASTALKING_BASE_URL", url),
        ],
        "aws" => vec![
            own("AWS_CONFIGURATION_SET", "sms"),
            own("AWS_BASE_URL", url),
            own("AWS_REGION", "eu-west-1"),
            own("AWS_ACCESS_KEY_ID", key),
            own("AWS_SECRET_ACCESS_KEY", "secret"),
        ],
        "infobip" => vec![
            own("INFOBIP_API_KEY", key),
            own("INFOBIP_BASE_URL", url),
            own("INFOBIP_CALLBACK_SECRET", SECRET),
        ],
        _ => vec![own("TWILIO_ACCOUNT_SID", SID), own("TWILIO_AUTH_TOKEN", key), own("TWILIO_BASE_URL", url)],
    }
}

/// Exit code, document and standard error.
fn seen(output: &Output) -> (Option<i32>, Value, String) {
    (output.status.code(), document(output), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn an_account_works_is_refused_or_is_out_of_reach() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::start());
    let _instance = Instance::start(folder.path());
    let check = |kind: &str, variables: &[(&'static str, String)]| {
        let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
        seen(&run_with(folder.path(), &variables, &["account", "check", kind, "--json"]))
    };
    // Bound but not listening: no other process takes the port, and connections are refused.
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for kind in ["africastalking", "aws", "infobip", "twilio"] {
        let (exit, answer, _) = check(kind, &variables(kind, fakes.url(kind), "right"));
        assert_eq!((exit, &answer["result"]), (Some(0), &json!("works")), "{kind}: {answer}");
        let balance = match kind {
            "africastalking" => json!("KES 1785.50"),
            "infobip" => json!("EUR 47.79134"),
            _ => Value::Null,
        };
        assert_eq!(answer["balance"], balance, "{kind}");

        let (exit, answer, said) = check(kind, &variables(kind, fakes.url(kind), "wrong"));
        assert_eq!((exit, &answer["result"]), (Some(1), &json!("credentials_refused")), "{kind}: {answer}");
        assert_eq!(answer["fault"], "provider_credentials_refused");
        assert!(said.contains("refuses the credentials") && !said.contains("wrong"), "{said}");

        let (exit, answer, said) = check(kind, &variables(kind, &format!("http://{closed}"), "right"));
        assert_eq!((exit, &answer["result"]), (Some(2), &json!("unreachable")), "{kind}: {answer}");
        assert!(said.contains("could not be reached"), "{said}");
    }
    fakes.twilio.answer_next(200, r#"{"status": "suspended"}"#);
    let (exit, answer, _) = check("twilio", &variables("twilio", fakes.url("twilio"), "right"));
    assert_eq!((exit, &answer["fault"]), (Some(1), &json!("provider_account_on_hold")), "{answer}");
    fakes.twilio.answer_next(503, "");
    let (exit, answer, _) = check("twilio", &variables("twilio", fakes.url("twilio"), "right"));
    assert_eq!((exit, &answer["result"]), (Some(2), &json!("unclear")), "{answer}");

    let (exit, answer, said) = check("twilio", &[("TWILIO_ACCOUNT_SID", "AC1".to_owned())]);
    assert_eq!((exit, &answer["result"]), (Some(1), &json!("cannot_start")), "{answer}");
    for part in ["account_sid must be", "auth_token is not set"] {
        assert!(answer["problems"].to_string().contains(part) && said.contains(part), "{part}: {answer}");
    }
    let (exit, answer, _) = check("sandbox", &[]);
    assert_eq!((exit, &answer["result"]), (Some(0), &json!("not_asked")), "{answer}");
    assert_eq!(check("nobody", &[]).1["error"]["code"], "account_not_found");
}

/// AWS with one stack, whose parameters are these.
fn aws(parameters: Vec<(&'static str, String)>, secrets: &'static str) -> Endpoint {
    Endpoint::start(move |request: &Request| -> Answer {
        if request.headers.contains("x-amz-target: secretsmanager.getsecretvalue") {
            return (200, json!({ "SecretString": secrets }).to_string());
        }
        if request.body.contains("DescribeStacks") {
            let entry = |kind: &str, (name, value): (&str, &str)| {
                format!("<member><{kind}Key>{name}</{kind}Key><{kind}Value>{value}</{kind}Value></member>")
            };
            let parameters = parameters.iter().map(|(name, value)| entry("Parameter", (name, value)));
            let outputs = [("ProviderSecretsArn", ARN), ("CallbackUrl", "https://sms.example/")];
            let outputs = outputs.map(|output| entry("Output", output)).concat();
            let parameters = parameters.collect::<String>();
            let stack = format!("<Parameters>{parameters}</Parameters><Outputs>{outputs}</Outputs>");
            return (200, format!("<Stacks><member>{stack}</member></Stacks>"));
        }
        (200, "{}".to_owned())
    })
}

#[test]
fn the_account_of_a_deployments_parameters_is_checked_with_its_stored_secrets() {
    let fakes = Fakes::start();
    let check = |parameters: Vec<(&'static str, String)>, secrets, kind: &str| {
        let aws = aws(parameters, secrets);
        let home = Home::new().with_keys("right").with("AWS_ENDPOINT_URL", &aws.url());
        seen(&home.run(&["account", "check", kind, "--stack", "prod", "--json"]))
    };
    let parameters = |provider: &str, settings: String| {
        vec![
            ("Stage", "production".to_owned()),
            ("Provider", provider.to_owned()),
            ("ProviderSettings", settings),
        ]
    };
    let settings = format!("account_sid={SID},base_url={}", fakes.url("twilio"));
    let secrets = r#"{"twilio": {"auth_token": "right"}}"#;
    let (exit, answer, said) = check(parameters("twilio", settings.clone()), secrets, "twilio");
    assert_eq!((exit, &answer["result"]), (Some(0), &json!("works")), "{answer} {said}");
    assert!(!said.contains("right"), "{said}");
    let (exit, answer, _) = check(parameters("twilio", settings.clone()), "{}", "twilio");
    assert_eq!((exit, &answer["result"]), (Some(1), &json!("cannot_start")), "{answer}");
    let (_, answer, _) = check(parameters("at-ke", settings), secrets, "twilio");
    assert_eq!(answer["error"]["code"], "account_not_found");
    assert!(answer["error"]["message"].as_str().unwrap().contains("at-ke"), "{answer}");

    // AWS is asked with the operator's own keys.
    let settings = format!("base_url={}", fakes.url("aws"));
    let (exit, answer, said) = check(parameters("aws", settings), "{}", "aws");
    assert_eq!((exit, &answer["result"]), (Some(0), &json!("works")), "{answer} {said}");
    assert!(said.contains("your own credentials"), "{said}");
}
