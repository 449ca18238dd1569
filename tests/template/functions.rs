//! Compares the functions with the folders they are built from and the variables they read.

use std::{collections::BTreeMap, fs, path::Path};

use callbacks::Callbacks;
use dispatch::Dispatcher;
use domain::ids::AccountName;
use lambda_emulator::front::INTEGRATION_TIMEOUT;
use local::stack::{FUNCTIONS, FunctionName};
use serde_json::Value;

use tests::template::{functions, template};

fn deployed(name: FunctionName) -> Value {
    let binary = |function: &Value| function["Metadata"]["BuildProperties"]["Binary"] == name.as_str();
    let found = functions(template()).into_iter().find(|(_, function)| binary(function));
    found.unwrap_or_else(|| panic!("{name} is not deployed")).1
}

#[test]
fn every_function_is_deployed_from_its_folder() {
    assert_eq!(functions(template()).len(), FUNCTIONS.len());
    for name in FUNCTIONS {
        let function = deployed(name);
        let folder = format!("functions/{name}");
        assert_eq!(function["Properties"]["CodeUri"], folder);
        assert_eq!(function["Metadata"]["BuildMethod"], "rust-cargolambda");
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder).join("src/main.rs").is_file());
    }
}

#[test]
fn a_function_has_the_same_timeout_in_the_template_and_the_local_stack() {
    for name in FUNCTIONS {
        assert_eq!(deployed(name)["Properties"]["Timeout"], name.time_limit().as_secs(), "{name}");
    }
}

#[test]
fn a_function_of_the_http_api_ends_before_the_gateway_stops_waiting() {
    for name in [FunctionName::Api, FunctionName::Books, FunctionName::Console] {
        assert!(name.time_limit() < INTEGRATION_TIMEOUT, "{name}");
    }
}

#[test]
fn a_path_is_routed_to_the_same_function_in_the_template_and_the_local_stack() {
    let routes = |name| {
        let function = deployed(name);
        let events = function["Properties"]["Events"].as_object().expect("events").clone();
        let http = events.into_iter().map(|(_, event)| event).filter(|event| event["Type"] == "HttpApi");
        let path =
            |event: Value| event["Properties"]["Path"].as_str().unwrap_or("everything else").to_owned();
        http.map(path).collect::<Vec<_>>()
    };
    let books = ["/v1/address-books", "/v1/contacts", "/v1/opt-outs"]
        .map(|path| [path.to_owned(), format!("{path}/{{proxy+}}")])
        .concat();
    assert_eq!(routes(FunctionName::Books), books);
    assert_eq!(routes(FunctionName::Callbacks), ["/v1/providers/{proxy+}"]);
    let console = [
        "/console",
        "/console/{proxy+}",
        "/docs",
        "/docs/{proxy+}",
        "/llms.txt",
        "/v1/openapi.json",
        "/robots.txt",
        "/",
    ];
    assert_eq!(routes(FunctionName::Console), console);
    assert_eq!(routes(FunctionName::Api), ["everything else"]);
    for name in [FunctionName::Dispatch, FunctionName::Receipts, FunctionName::Clock] {
        assert!(routes(name).is_empty(), "{name}");
    }
}

/// The text of the secret that the functions read.
const SECRETS: &str = r#"{
    "callback_secret": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "africastalking": {"api_key": "atsk_0"}
}"#;

/// The variables of a deployed function, in production with Africa's Talking, and those that Lambda itself sets. A
/// variable of a secret has the secret's text.
fn variables(name: FunctionName) -> BTreeMap<String, String> {
    let function = deployed(name);
    let declared = function["Properties"]["Environment"]["Variables"].as_object().expect("variables").clone();
    let mut variables: BTreeMap<String, String> =
        ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
            .map(|name| (name.to_owned(), "lambda".to_owned()))
            .into();
    for (variable, value) in declared {
        let Some(value) = in_production(&value) else { continue };
        match variable.strip_suffix(platform::secret::ARN_SUFFIX) {
            Some(secret) => variables.insert(secret.to_owned(), SECRETS.to_owned()),
            None => variables.insert(variable, value),
        };
    }
    variables
}

/// A value as it is deployed in production; `None` if it is left out.
fn in_production(value: &Value) -> Option<String> {
    if let Some(branches) = value["Fn::If"].as_array() {
        let holds = !["IsSandbox", "HasDomain"].contains(&branches[0].as_str().expect("a condition"));
        let branch = if holds { 1 } else { 2 };
        return in_production(&branches[branch]);
    }
    match value["Ref"].as_str() {
        Some("AWS::NoValue") => None,
        Some("Stage") => Some("production".to_owned()),
        Some("Provider") => Some("africastalking".to_owned()),
        Some("ProviderSettings") => Some("username=acme".to_owned()),
        Some("ProviderSegmentsPerSecond") => Some("100".to_owned()),
        _ => Some("deployed".to_owned()),
    }
}

#[tokio::test]
async fn dispatch_starts_with_its_deployed_variables() {
    let variables = variables(FunctionName::Dispatch);
    Dispatcher::start(&|name| variables.get(name).cloned()).await.expect("it starts");
}

#[tokio::test]
async fn callbacks_starts_with_its_deployed_variables_and_knows_its_provider() {
    let variables = variables(FunctionName::Callbacks);
    let never = || Box::new(|| Box::pin(async { None }) as _);
    let callbacks = Callbacks::from_lookup(&|name| variables.get(name).cloned(), never()).expect("it starts");
    assert!(callbacks.accounts.can_verify(AccountName::new("africastalking")));
}

/// Adding a provider does not change the template. AWS is the exception: it reports to a queue instead of calling back.
#[test]
fn no_rule_condition_parameter_or_variable_is_of_one_provider() {
    let template = template();
    let names = |object: &Value| object.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    let functions = functions(template).into_iter().map(|(_, function)| function);
    let variables = functions.flat_map(|function| names(&function["Properties"]["Environment"]["Variables"]));
    let mut texts = [names(&template["Parameters"]), variables.collect()].concat();
    texts.extend([template["Rules"].to_string(), template["Conditions"].to_string()]);
    for kind in providers::KINDS.iter().filter(|kind| !["sandbox", "aws"].contains(&kind.name)) {
        let named = texts.iter().find(|text| text.to_ascii_lowercase().contains(kind.name));
        assert_eq!(named, None, "{kind}");
    }
}

#[test]
fn a_release_checks_the_sums_of_the_product_and_leaves_those_of_libraries_alone() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest = fs::read_to_string(path).expect("the workspace's manifest");
    let checks = |section: &str| {
        let lines = manifest.lines().skip_while(|line| *line != section).skip(1);
        let mut lines = lines.take_while(|line| !line.starts_with('['));
        lines.find_map(|line| line.strip_prefix("overflow-checks = ")).map(str::to_owned)
    };
    assert_eq!(checks("[profile.release]").as_deref(), Some("true"));
    assert_eq!(checks("[profile.release.package.\"*\"]").as_deref(), Some("false"));
    assert_eq!(checks("[profile.bench]"), None, "it inherits the release's");
}
