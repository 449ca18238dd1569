//! Reads secrets of a fake Secrets Manager over HTTP.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use super::{SecretError, Secrets};
use crate::http::tests::raw_server::{Peer, RawServer};

const KEY: &str = "PROVIDER_API_KEY";
const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:provider-AbCdEf";

/// A Secrets Manager that returns these answers in turn, and keeps the requests.
struct Fake {
    server: RawServer,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn answering(answers: &[(u16, &str)]) -> Self {
        let answers: Mutex<VecDeque<String>> = Mutex::new(answers.iter().map(http_answer).collect());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        let server = RawServer::start(move |mut peer: Peer| {
            while let Some(request) = peer.read_request() {
                kept.lock().unwrap().push(request);
                let Some(answer) = answers.lock().unwrap().pop_front() else { return };
                peer.write(answer.as_bytes());
            }
        });
        Self { server, requests }
    }

    async fn read(&self) -> Result<Secrets, SecretError> {
        let endpoint = self.server.url();
        Secrets::read(&[KEY], &|name| match name {
            "PROVIDER_API_KEY_ARN" => Some(ARN.to_owned()),
            "AWS_ENDPOINT_URL_SECRETS_MANAGER" => Some(endpoint.clone()),
            "AWS_REGION" => Some("us-east-1".to_owned()),
            "AWS_ACCESS_KEY_ID" => Some("AKIDEXAMPLE".to_owned()),
            "AWS_SECRET_ACCESS_KEY" => Some("wJalrXUtnFEMI".to_owned()),
            "AWS_SESSION_TOKEN" => Some("session".to_owned()),
            _ => None,
        })
        .await
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn http_answer((status, body): &(u16, &str)) -> String {
    format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

const VALUE: (u16, &str) = (200, r#"{"Name":"provider","SecretString":"atsk_hidden"}"#);

#[tokio::test]
async fn a_secret_replaces_its_variable_and_no_other() {
    let secrets = Fake::answering(&[VALUE]).read().await.unwrap();
    let process = |name: &str| (name == "STAGE").then(|| "test".to_owned());
    let lookup = secrets.over(&process);
    assert_eq!(lookup(KEY).as_deref(), Some("atsk_hidden"));
    assert_eq!(lookup("STAGE").as_deref(), Some("test"));
    assert_eq!(lookup("OTHER"), None);
}

#[tokio::test]
async fn the_request_names_the_secret_and_is_signed_with_the_session() {
    let fake = Fake::answering(&[VALUE]);
    fake.read().await.unwrap();
    let requests = fake.requests();
    let request = &requests[0];
    assert!(request.ends_with(&format!("\r\n\r\n{{\"SecretId\":\"{ARN}\"}}")), "{request}");
    let headers = [
        "x-amz-target: secretsmanager.GetSecretValue",
        "content-type: application/x-amz-json-1.1",
        "x-amz-security-token: session",
        "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/",
        "/us-east-1/secretsmanager/aws4_request, SignedHeaders=content-type;host;x-amz-date;",
    ];
    for header in headers {
        assert!(request.contains(header), "{header} in {request}");
    }
}

#[tokio::test]
async fn a_temporary_failure_is_retried() {
    let throttled = (400, r#"{"__type":"ThrottlingException","message":"slow down"}"#);
    let fake = Fake::answering(&[throttled, (503, ""), VALUE]);
    assert!(fake.read().await.is_ok());
    assert_eq!(fake.requests().len(), 3);
}

#[tokio::test]
async fn a_refusal_is_an_error_with_awss_code_and_is_not_retried() {
    let denied = (400, r#"{"__type":"com.amazonaws#AccessDeniedException","Message":"atsk_hidden"}"#);
    let fake = Fake::answering(&[denied]);
    let error = fake.read().await.unwrap_err().to_string();
    assert_eq!(error, "Secrets Manager refused the secret of PROVIDER_API_KEY: AccessDeniedException");
    assert_eq!(fake.requests().len(), 1);
}

#[tokio::test]
async fn a_binary_secret_is_an_error() {
    let error = Fake::answering(&[(200, r#"{"SecretBinary":"AAAA"}"#)]).read().await.unwrap_err();
    assert!(matches!(error, SecretError::NotText { .. }), "{error}");
}

#[tokio::test]
async fn without_a_secret_nothing_is_called_and_no_other_variable_is_needed() {
    assert!(Secrets::read(&[KEY], &|name| (name == KEY).then(|| "clear".to_owned())).await.is_ok());
}

#[tokio::test]
async fn a_value_given_both_in_clear_and_as_a_secret_is_an_error() {
    let both = |name: &str| name.starts_with(KEY).then(|| "value".to_owned());
    let error = Secrets::read(&[KEY], &both).await.unwrap_err().to_string();
    assert!(error.contains("PROVIDER_API_KEY and PROVIDER_API_KEY_ARN are both set"), "{error}");
}

#[tokio::test]
async fn a_secret_is_never_shown() {
    let secrets = Fake::answering(&[VALUE]).read().await.unwrap();
    assert_eq!(format!("{secrets:?}"), r#"Secrets(["PROVIDER_API_KEY"])"#);
}
