//! Compares `samconfig.toml` with the template: a deploy asks nothing, and every answer is for an existing question.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;

use tests::template::template;

fn configuration() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samconfig.toml");
    std::fs::read_to_string(path).expect("it lies beside the template")
}

/// The lines of a table.
fn section<'a>(text: &'a str, name: &str) -> &'a str {
    let (_, rest) = text.split_once(&format!("[{name}]\n")).unwrap_or_else(|| panic!("there is no {name}"));
    rest.split("\n[").next().unwrap_or_default()
}

fn overrides(environment: &str) -> BTreeMap<String, String> {
    let text = configuration();
    let deploy = section(&text, &format!("{environment}.deploy.parameters")).to_owned();
    let (_, list) = deploy.split_once("parameter_overrides = [").expect("parameters");
    let quoted = list.split(']').next().unwrap_or_default().split('"').skip(1).step_by(2);
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    quoted.map(|text| pair(text).expect("a name and a value")).collect()
}

#[test]
fn samconfig_answers_every_question_of_a_deploy() {
    let text = configuration();
    for environment in ["default", "production"] {
        assert!(section(&text, &format!("{environment}.global.parameters")).contains("stack_name = "));
        let deploy = section(&text, &format!("{environment}.deploy.parameters"));
        for answer in [
            "resolve_s3 = true",
            "capabilities = \"CAPABILITY_IAM\"",
            "confirm_changeset = false",
            "on_failure = \"DELETE\"",
        ] {
            assert!(deploy.contains(answer), "{environment}: {answer}");
        }
    }
}

#[test]
fn every_parameter_has_a_default_or_an_answer() {
    let template = template();
    let parameters = template["Parameters"].as_object().expect("parameters");
    for (name, parameter) in parameters {
        assert!(!parameter["Default"].is_null(), "{name}");
    }
    for environment in ["default", "production"] {
        for (name, value) in overrides(environment) {
            let parameter =
                parameters.get(&name).unwrap_or_else(|| panic!("{environment}: there is no {name}"));
            let allowed = parameter["AllowedValues"].as_array();
            let is_allowed = allowed.is_none_or(|values| values.contains(&Value::from(value.as_str())));
            // SAM refuses an empty value.
            assert!(is_allowed && !value.is_empty(), "{environment}: {name}={value}");
        }
    }
}

#[test]
fn the_default_environment_reaches_no_one_and_production_names_its_provider() {
    let test = overrides("default");
    assert_eq!((test["Stage"].as_str(), test["Provider"].as_str()), ("test", "sandbox"));
    let production = overrides("production");
    assert_eq!(production["Stage"], "production");
    assert_ne!(production["Provider"], "sandbox");
}
