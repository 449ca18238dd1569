//! The sources of credentials: which one signs, and the error of a failing one.

use std::fs;

use super::{
    endpoint::{Answer, Endpoint, Request, refusal},
    home::Home,
};

/// SHA-1 of the session's name, as the AWS command line names the file.
const SSO_TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
const SSO_CONFIG: &str = "[profile work]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Ops\n\
                          [sso-session corp]\nsso_start_url = https://corp.awsapps.com/start\nsso_region = eu-west-1\n\
                          [profile deploy]\nrole_arn = arn:aws:iam::1:role/d\nsource_profile = work\n";

/// A fake of all services: each source of credentials gives another key, and DynamoDB answers with the key that signed.
fn aws() -> Endpoint {
    Endpoint::start(answer)
}

fn answer(request: &Request) -> Answer {
    let line = request.line.as_str();
    let role = |key: &str| {
        format!(
            r#"{{"AccessKeyId":"{key}","SecretAccessKey":"s","Token":"t","Expiration":"2099-01-01T00:00:00Z","Code":"Success","Type":"AWS-HMAC","LastUpdated":"2020-01-01T00:00:00Z"}}"#
        )
    };
    if line.starts_with("GET /federation/credentials") {
        let credentials = r#"{"accessKeyId":"AKIDSSO","secretAccessKey":"s","sessionToken":"t","expiration":4070908800000}"#;
        return (200, format!(r#"{{"roleCredentials":{credentials}}}"#));
    }
    match line.split_once(" HTTP").map_or(line, |(line, _)| line) {
        "PUT /latest/api/token" => (200, "metadata-token".to_owned()),
        "GET /latest/meta-data/iam/security-credentials/" => (200, "ops".to_owned()),
        "GET /latest/meta-data/iam/security-credentials/ops" => (200, role("AKIDINSTANCE")),
        "GET /container" => (200, role("AKIDCONTAINER")),
        _ if request.headers.contains("x-amz-target: dynamodb") => {
            refusal("AccessDeniedException", &format!("signed by {}", request.access_key()))
        }
        // STS, whose protocol is XML.
        _ => (200, web_identity()),
    }
}

fn web_identity() -> String {
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
     <AccessKeyId>AKIDWEB</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
     <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
     </AssumeRoleWithWebIdentityResponse>"
        .to_owned()
}

fn sso_token(expires_at: &str) -> String {
    format!(
        r#"{{"accessToken":"t","expiresAt":"{expires_at}","region":"eu-west-1","startUrl":"https://corp.awsapps.com/start"}}"#
    )
}

/// The key that signs a command's first call.
fn signer(home: &Home, flags: &[&str]) -> String {
    let failure = home.failure(flags);
    assert_eq!(failure.code, "access_denied", "{failure:?}");
    failure.causes.first().unwrap().strip_prefix("signed by ").unwrap().to_ascii_uppercase()
}

#[test]
fn credentials_are_found_in_every_usual_source() {
    let aws = aws();
    let url = aws.url();
    let home = || Home::new().with("AWS_ENDPOINT_URL", &url);
    let config = "[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n\
                  [profile keys]\naws_access_key_id = AKIDKEYS\naws_secret_access_key = s\n";

    assert_eq!(signer(&home().with_keys("AKIDENV"), &[]), "AKIDENV");
    assert_eq!(signer(&home().with_config(config), &[]), "AKIDDEFAULT");
    assert_eq!(signer(&home().with_config(config).with("AWS_PROFILE", "keys"), &[]), "AKIDKEYS");
    let both = home().with_config(config).with_keys("AKIDENV");
    assert_eq!(signer(&both, &["--profile", "keys"]), "AKIDKEYS");
    assert_eq!(signer(&both.with("AWS_PROFILE", "keys"), &[]), "AKIDENV");

    let sso = home().with_config(SSO_CONFIG).with_file(SSO_TOKEN, &sso_token("2099-01-01T00:00:00Z"));
    assert_eq!(signer(&sso, &["--profile", "work"]), "AKIDSSO");
    let web = home().with_file("token", "jwt").with("AWS_ROLE_ARN", "arn:aws:iam::1:role/w");
    let token = web.path().join("token");
    let web = web.with("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    assert_eq!(signer(&web, &[]), "AKIDWEB");
    let container = home().with("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{url}/container"));
    assert_eq!(signer(&container, &[]), "AKIDCONTAINER");
    let instance =
        home().with("AWS_EC2_METADATA_DISABLED", "").with("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url);
    assert_eq!(signer(&instance, &[]), "AKIDINSTANCE");
}

#[test]
fn a_credential_process_is_run_once_and_its_failure_is_reported() {
    let aws = aws();
    let home = |process: &str| {
        let config = format!("[profile p]\ncredential_process = {process}\n");
        Home::new().with("AWS_ENDPOINT_URL", &aws.url()).with_config(&config)
    };
    let script = "echo run >> \"$HOME/runs\"\n\
                  echo '{\"Version\":1,\"AccessKeyId\":\"AKIDPROCESS\",\"SecretAccessKey\":\"s\"}'\n";
    let good = home("sh \"$HOME/give\"").with_file("give", script);
    assert_eq!(signer(&good, &["--profile", "p"]), "AKIDPROCESS");
    assert_eq!(fs::read_to_string(good.path().join("runs")).unwrap(), "run\n");

    for (process, cause) in
        [("echo locked >&2; exit 3", "locked"), ("echo rubbish", "parse"), ("/nowhere/give", "not found")]
    {
        let failure = home(process).failure(&["--profile", "p"]);
        assert_eq!(failure.code, "credentials_not_given", "{process}: {failure:?}");
        assert!(failure.message.contains("credential_process of profile p"), "{failure:?}");
        assert!(failure.causes.concat().contains(cause), "{process}: {failure:?}");
    }
    let script = "echo '{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":\"t\",\
                  \"Expiration\":\"2020-01-01T00:00:00Z\"}'\n";
    let old = home("sh \"$HOME/give\"").with_file("give", script).failure(&["--profile", "p"]);
    assert_eq!(old.code, "credentials_expired", "{old:?}");
}

#[test]
fn the_error_of_a_signed_out_profile_names_the_command_that_signs_in() {
    let work = || Home::new().with_config(SSO_CONFIG);
    let refused = Endpoint::start(|_| (401, refusal("UnauthorizedException", "Session token not found").1));
    let revoked = work()
        .with_file(SSO_TOKEN, &sso_token("2099-01-01T00:00:00Z"))
        .with("AWS_ENDPOINT_URL_SSO", &refused.url());
    let homes = [
        work(),
        work().with_file(SSO_TOKEN, &sso_token("2020-01-01T00:00:00Z")),
        work().with_file(SSO_TOKEN, "{"),
        revoked,
    ];
    for home in homes {
        // The sign-in of the source profile also serves the role's profile.
        for profile in ["work", "deploy"] {
            let failure = home.failure(&["--profile", profile]);
            assert_eq!(failure.code, "signed_out", "{failure:?}");
            assert!(failure.message.contains("`aws sso login --profile work`"), "{failure:?}");
        }
    }
    let console = Home::new().with_config("[profile me]\nlogin_session = arn:aws:iam::1:user/me\n");
    let failure = console.failure(&["--profile", "me"]);
    assert_eq!(failure.code, "signed_out", "{failure:?}");
    assert!(failure.message.contains("`aws login --profile me`"), "{failure:?}");
}

#[test]
fn a_refused_role_and_an_unreachable_sign_in_are_different_errors() {
    let role = "[profile r]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = k\n\
                [profile k]\naws_access_key_id = AKID\naws_secret_access_key = s\n";
    let error = |code: &str| {
        format!(
            "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        )
    };
    for (refusal, code) in [
        ("AccessDenied", "role_refused"),
        ("ExpiredToken", "credentials_expired"),
        ("InvalidClientTokenId", "credentials_not_accepted"),
    ] {
        let body = error(refusal);
        let sts = Endpoint::start(move |_| (403, body.clone()));
        let home = Home::new().with_config(role).with("AWS_ENDPOINT_URL_STS", &sts.url());
        let failure = home.failure(&["--profile", "r"]);
        assert_eq!(failure.code, code, "{failure:?}");
    }
    let url = Endpoint::refusing("closed").url();
    let away = Home::new().with_config(role).with("AWS_ENDPOINT_URL_STS", &url).failure(&["--profile", "r"]);
    assert_eq!(away.code, "unreachable", "{away:?}");
}
