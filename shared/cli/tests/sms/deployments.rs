//! Why an operator's command cannot reach a deployment: each cause has its own code, sentence and remedy.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use super::{
    endpoint::Endpoint,
    home::{Failure, Home},
};

#[test]
fn the_error_of_a_missing_region_says_how_to_set_one() {
    let home = Home::new().with("AWS_REGION", "").with_keys("AKIDENV");
    let failure = home.failure(&[]);
    assert_eq!((failure.code.as_str(), failure.exit), ("no_region", Some(1)));
    assert!(failure.message.contains("AWS_REGION") && failure.message.contains("--region"), "{failure:?}");

    assert_eq!(home.failure(&["--region", "eu_west"]).code, "invalid_region");
    // The profile's region is found, so the next missing setting is the error.
    let home = Home::new().with("AWS_REGION", "").with_config("[default]\nregion = eu-west-1\n");
    assert_eq!(home.failure(&[]).code, "no_credentials");
}

#[test]
fn without_credentials_a_command_fails_and_an_audit_is_not_carried_out() {
    let home = Home::new();
    let failure = home.failure(&[]);
    assert_eq!((failure.code.as_str(), failure.exit), ("no_credentials", Some(1)));
    assert!(failure.message.contains("aws sso login"), "{failure:?}");

    let audit = Failure::of(&home.run(&["audit", "--stack", "prod", "--json"]));
    assert_eq!((audit.code.as_str(), audit.exit), ("no_credentials", Some(2)));

    assert_eq!(home.unknown().failure(&[]).code, "no_credentials");
}

#[test]
#[ignore = "long: .ci/run"]
fn a_silent_metadata_service_is_not_waited_for() {
    let silent = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let home =
        Home::new().with("AWS_EC2_METADATA_DISABLED", "").with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    let began = Instant::now();
    assert_eq!(home.failure(&[]).code, "no_credentials");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn a_profile_that_is_unknown_or_half_configured_is_named() {
    let home = Home::new().with_keys("AKIDENV").with_config("[profile b]\nregion = x\n[profile a]\n");
    for failure in [home.failure(&["--profile", "c"]), home.with("AWS_PROFILE", "c").failure(&[])] {
        assert_eq!(failure.code, "unknown_profile");
        assert!(failure.message.contains("profile c") && failure.message.contains("a, b"), "{failure:?}");
    }
    for (config, cause) in [
        ("[profile a\n", "]"),
        ("[profile a]\naws_access_key_id = AKID\n", "aws_secret_access_key"),
        ("[profile a]\nsso_session = corp\n", "corp"),
        ("[profile a]\nsso_account_id = 1\nsso_role_name = r\n", "sso_region"),
        ("[profile a]\nrole_arn = arn:r\nsource_profile = b\n", "b"),
        (
            "[profile a]\nrole_arn = arn:r\nsource_profile = b\n[profile b]\nrole_arn = arn:s\nsource_profile = a\n",
            "loop",
        ),
    ] {
        let failure = Home::new().with_config(config).failure(&["--profile", "a"]);
        assert_eq!(failure.code, "invalid_aws_configuration", "{config}: {failure:?}");
        assert!(failure.causes.concat().contains(cause), "{config}: {failure:?}");
    }
    let half = Home::new().with("AWS_ACCESS_KEY_ID", "AKID").failure(&[]);
    assert_eq!(half.code, "invalid_aws_configuration");
    assert!(half.message.contains("AWS_SECRET_ACCESS_KEY is not"), "{half:?}");
    let empty = Home::new().with_config("[profile a]\n").failure(&["--profile", "a"]);
    assert_eq!(empty.code, "no_credentials");
    assert!(empty.message.contains("in profile a"), "{empty:?}");
}

#[test]
fn a_refusal_of_the_first_call_names_its_cause() {
    for (refusal, code, remedy) in [
        ("ExpiredTokenException", "credentials_expired", "AWS_SESSION_TOKEN"),
        ("UnrecognizedClientException", "credentials_not_accepted", "mistyped or revoked"),
        ("InvalidSignatureException", "credentials_not_accepted", "clock"),
        ("AccessDeniedException", "access_denied", "GetItem on prod-Accounts"),
        ("ResourceNotFoundException", "not_there", "region eu-west-1"),
        ("ValidationException", "aws_call_failed", "ValidationException"),
    ] {
        let aws = Endpoint::refusing(refusal);
        let home = Home::new().with_keys("AKIDENV").with("AWS_ENDPOINT_URL", &aws.url());
        let failure = home.failure(&[]);
        assert_eq!((failure.code.as_str(), failure.exit), (code, Some(1)), "{failure:?}");
        assert!(failure.message.contains(remedy), "{failure:?}");
    }
}

#[test]
fn an_endpoint_that_is_not_aws_and_a_refusal_are_different_errors() {
    let closed = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let home = Home::new().with_keys("AKIDENV");
    let unreachable = home.with("AWS_ENDPOINT_URL", &format!("http://{closed}")).failure(&[]);
    assert_eq!(unreachable.code, "unreachable");
    assert!(unreachable.message.contains("DynamoDB") && !unreachable.causes.is_empty(), "{unreachable:?}");

    let portal = Endpoint::start(|_| (200, "<html>Please sign in to the hotel's network.</html>".to_owned()));
    let home = Home::new().with_keys("AKIDENV").with("AWS_ENDPOINT_URL", &portal.url());
    assert_eq!(home.failure(&[]).code, "not_aws");
}

#[test]
fn a_profile_or_a_region_without_a_stack_is_not_taken_for_this_machine() {
    let output = Home::new().run(&["org", "show", "acme", "--profile", "prod", "--json"]);
    let failure = Failure::of(&output);
    assert_eq!((failure.code.as_str(), failure.exit), ("usage", Some(2)));
    assert!(failure.message.contains("--stack"), "{failure:?}");
}
