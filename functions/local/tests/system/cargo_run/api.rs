//! Plain requests to an instance.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use platform::http::{HttpClient, Roots};
use serde_json::Value;
use tokio::time::interval;

use super::process::Instance;

/// An organisation may send five requests a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// The slowest campaign of these tests takes seconds; a machine that also compiles takes some more.
const PATIENCE: Duration = Duration::from_secs(60);

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

/// The status of a campaign after its end, which must come in time.
pub async fn wait_until_over(instance: &Instance, campaign: u64) -> Value {
    let began = Instant::now();
    let mut looks = interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let status = get(instance, &format!("/v1/sms/campaigns/{campaign}/")).await;
        if ["completed", "failed", "cancelled"].contains(&status["status"].as_str().unwrap()) {
            return status;
        }
        assert!(began.elapsed() < PATIENCE, "the campaign does not end: {status}");
    }
}
