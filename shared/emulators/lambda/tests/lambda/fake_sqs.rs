//! An SQS endpoint with one queue that follows a test's script, including answers that no emulator gives.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use axum::{Router, extract::State, http::HeaderMap, response::IntoResponse, routing::post};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The queue: messages are named by their body, which is id and receipt handle as well.
#[derive(Default)]
pub struct Messages {
    pub visible: VecDeque<String>,
    pub in_flight: BTreeSet<String>,
    pub deleted: Vec<String>,
    /// Messages that DeleteMessageBatch refuses.
    pub undeletable: BTreeSet<String>,
    pub receives: usize,
}

#[derive(Clone, Default)]
pub struct FakeSqs(pub Arc<Mutex<Messages>>);

impl FakeSqs {
    /// Starts an endpoint with these messages.
    pub async fn start(messages: &[&str]) -> (Self, SocketAddr) {
        let fake = Self::default();
        fake.0.lock().unwrap().visible = messages.iter().map(|&message| message.into()).collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().route("/", post(call)).with_state(fake.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
        (fake, address)
    }

    pub fn deleted(&self) -> Vec<String> {
        self.0.lock().unwrap().deleted.clone()
    }

    pub fn in_flight(&self) -> Vec<String> {
        self.0.lock().unwrap().in_flight.iter().cloned().collect()
    }
}

/// A stock client of an SQS endpoint.
pub fn client(endpoint: &str) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .endpoint_url(endpoint)
        .region(Region::new("af-south-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .build();
    aws_sdk_sqs::Client::from_conf(config)
}

async fn call(State(fake): State<FakeSqs>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let input = serde_json::from_slice(&body).unwrap();
    let mut messages = fake.0.lock().unwrap();
    let output = match headers["x-amz-target"].to_str().unwrap() {
        "AmazonSQS.ReceiveMessage" => messages.receive(&input),
        "AmazonSQS.DeleteMessageBatch" => messages.delete(&input),
        other => panic!("no such call: {other}"),
    };
    ([("content-type", "application/x-amz-json-1.0")], output.to_string())
}

impl Messages {
    fn receive(&mut self, input: &Value) -> Value {
        self.receives += 1;
        let most = input["MaxNumberOfMessages"].as_u64().unwrap() as usize;
        let taken: Vec<_> = self.visible.drain(..most.min(self.visible.len())).collect();
        self.in_flight.extend(taken.iter().cloned());
        let told = |body: &String| {
            let attributes = BTreeMap::from([("ApproximateReceiveCount", "1")]);
            json!({ "MessageId": body, "ReceiptHandle": body, "Body": body, "Attributes": attributes })
        };
        json!({ "Messages": taken.iter().map(told).collect::<Vec<_>>() })
    }

    fn delete(&mut self, input: &Value) -> Value {
        let (mut successful, mut failed) = (vec![], vec![]);
        for entry in input["Entries"].as_array().unwrap() {
            let message = entry["ReceiptHandle"].as_str().unwrap().to_owned();
            if self.undeletable.contains(&message) {
                failed.push(json!({ "Id": entry["Id"], "Code": "InternalError", "SenderFault": false }));
            } else {
                self.in_flight.remove(&message);
                self.deleted.push(message);
                successful.push(json!({ "Id": entry["Id"] }));
            }
        }
        json!({ "Successful": successful, "Failed": failed })
    }
}
