//! Another user of the machine, and a page in its browser, get no access to a running instance.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, time::Duration};

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use platform::http::{HttpClient, Roots};
use serde_json::Value;

use super::process::Instance;

/// A signature with a key id that is not this instance's.
const ANOTHER_KEY: &str = "AWS4-HMAC-SHA256 Credential=emulator/20261123/us-east-1/dynamodb/aws4_request, \
    SignedHeaders=host, Signature=00";

/// Tries the files, the tables, the queues, the sandbox and the front.
pub async fn are_kept_out(instance: &Instance, data: &Path) {
    assert_eq!(readable_by_others(data), Vec::<String>::new());
    let announced: Value = serde_json::from_slice(&fs::read(data.join("instance.json")).unwrap()).unwrap();
    for (service, target, status, code) in [
        ("DYNAMODB", "DynamoDB_20120810.ListTables", 400, "UnrecognizedClientException"),
        ("SQS", "AmazonSQS.CreateQueue", 403, "UnrecognizedClientException"),
    ] {
        let url = announced["variables"][format!("AWS_ENDPOINT_URL_{service}")].as_str().unwrap();
        let headers = [("authorization", ANOTHER_KEY), ("x-amz-target", target)];
        let (answered, body) = ask(Method::POST, url, &headers).await;
        assert!(answered == status && body.contains(code), "{answered} {body}");
        is_for_this_machine_only(url).await;
    }
    let base = instance.base_url();
    let bearer = format!("Bearer {}", instance.named("Key"));
    let inbox = format!("{base}/sandbox/inbox");
    assert_eq!(ask(Method::GET, &inbox, &[]).await.0, 401);
    let unknown = [("authorization", "Bearer tk_live_0000000000000000000000000000000000")];
    assert_eq!(ask(Method::GET, &inbox, &unknown).await.0, 401);
    assert_eq!(ask(Method::PUT, &format!("{base}/sandbox/faults"), &[]).await.0, 401);
    assert_eq!(ask(Method::GET, &inbox, &[("authorization", &bearer)]).await.0, 200);
    assert_eq!(ask(Method::GET, instance.named("Inbox"), &[]).await.0, 200);
    is_for_this_machine_only(&format!("{base}/v1/health/")).await;
}

/// A page of another site reaches the address with its own name in `Host`, or with its origin.
async fn is_for_this_machine_only(url: &str) {
    for (name, value, code) in [
        ("host", "evil.example", "foreign_host"),
        ("origin", "https://evil.example", "foreign_origin"),
        ("origin", "null", "foreign_origin"),
    ] {
        let (status, body) = ask(Method::GET, url, &[(name, value)]).await;
        assert!(status == StatusCode::FORBIDDEN && body.contains(code), "{url} {status} {body}");
    }
}

async fn ask(method: Method, url: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = HttpClient::new(Roots::Amazon).unwrap();
    let answer = client.send(request.body(Bytes::new()).unwrap(), Duration::from_secs(30)).await.unwrap();
    (answer.status(), String::from_utf8_lossy(answer.body()).into_owned())
}

/// The files and folders of an instance that users other than its owner may read, write or search.
fn readable_by_others(folder: &Path) -> Vec<String> {
    let mut open = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            open.push(format!("{} {mode:o}", path.display()));
        }
        if path.is_dir() {
            open.extend(readable_by_others(&path));
        }
    }
    open
}
