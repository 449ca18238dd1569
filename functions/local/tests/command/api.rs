//! Plain requests to an instance.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use platform::http::{HttpClient, Roots};
use serde_json::Value;

use crate::process::Instance;

/// Makes a request with the printed key; any answer that is JSON will do.
pub async fn ask(instance: &Instance, method: Method, path: &str, body: Option<Value>) -> Value {
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{path}", instance.base_url()))
        .header("authorization", format!("Bearer {}", instance.named("Key")))
        .header("content-type", "application/json")
        .body(body.map_or_else(Bytes::new, |body| body.to_string().into()))
        .unwrap();
    let client = HttpClient::new(Roots::Amazon).unwrap();
    let answer = client.send(request, Duration::from_secs(30)).await.unwrap();
    serde_json::from_slice(answer.body()).unwrap()
}

pub async fn get(instance: &Instance, path: &str) -> Value {
    ask(instance, Method::GET, path, None).await
}

/// Waits for a campaign's end; a tenth of what its organisation may ask, so that it always ends.
pub async fn wait_until_over(instance: &Instance, campaign: u64) -> Value {
    loop {
        let status = get(instance, &format!("/v1/sms/campaigns/{campaign}/")).await;
        if ["completed", "failed", "cancelled"].contains(&status["status"].as_str().unwrap()) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
