//! `audit` against a running instance: its output and its exit code.

use std::path::Path;

use aws_sdk_dynamodb::{Client, types::AttributeValue};
use cli::operator::Slug;
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};

use super::{
    instance::Instance,
    process::{document, printed, run},
};

#[test]
fn the_exit_code_of_an_audit_says_whether_it_found_something() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let without_instance = run(data, &["audit"]);
    assert_eq!(without_instance.status.code(), Some(2));
    assert!(String::from_utf8(without_instance.stderr).unwrap().contains("no instance runs on"));

    let _instance = Instance::start(data);
    let sound = printed(data, &["audit"]);
    assert!(sound.starts_with("1 organisations, 0 campaigns") && sound.ends_with("clean\n"), "{sound}");
    assert!(printed(data, &["audit", "demo"]).ends_with("clean\n"));
    assert_eq!(run(data, &["audit", "nobody"]).status.code(), Some(2));

    spend_a_step(data);
    let broken = run(data, &["audit"]);
    assert_eq!(broken.status.code(), Some(1));
    let told = String::from_utf8(broken.stdout).unwrap();
    assert!(told.contains("wallet") && told.contains("available is"), "{told}");
    let broken = run(data, &["audit", "--json"]);
    assert_eq!(broken.status.code(), Some(1));
    let told = document(&broken);
    assert_eq!((&told["clean"], &told["findings"][0]["rule"]), (&false.into(), &"wallet".into()), "{told}");
}

/// Removes a ten-thousandth from the demo organisation's wallet without a ledger line.
#[tokio::main(flavor = "current_thread")]
async fn spend_a_step(data: &Path) {
    let variables =
        cli::instance::Instance::running_on(data, cli::instance::InstancePart::Tables).unwrap().variables;
    let settings =
        AwsSettings::emulator_of(&variables["AWS_ENDPOINT_URL_DYNAMODB"], &variables["AWS_ACCESS_KEY_ID"]);
    let http = HttpClient::new(Roots::Amazon).unwrap();
    let client = Client::new(&settings.connection(http.shared_http_client()));
    let text = |value: String| AttributeValue::S(value);
    let organisation = "demo".parse::<Slug>().unwrap().organisation_id();
    let request = client.update_item().table_name(&variables["ACCOUNTS_TABLE"]);
    let request =
        request.key("pk", text(format!("ORG#{organisation}#WALLET"))).key("sk", text("WALLET".to_owned()));
    let request = request.update_expression("ADD available :step");
    request.expression_attribute_values(":step", AttributeValue::N("-1".to_owned())).send().await.unwrap();
}
