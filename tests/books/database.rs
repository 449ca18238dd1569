//! An embedded DynamoDB for each test, and connections to it that can break.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    thread,
};

use aws_sdk_dynamodb::{
    Client,
    config::{
        Builder, ConfigBag, Intercept, RuntimeComponents,
        interceptors::{BeforeDeserializationInterceptorContextMut, BeforeTransmitInterceptorContextRef},
        retry::RetryConfig,
    },
    error::BoxError,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::body::SdkBody;
use domain::{ids::OrganisationId, timestamp::Millis};
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
    random,
};
use stores::{DynamoDb, Stores, TableNames, books::LEASE, schema};
use uuid::Uuid;

/// Time from the beginning of an edit until its lease has run out. The edit takes some time until it has the lease.
pub const LEASE_OVER: Millis = Millis(LEASE.0 + 1_000);

pub fn names() -> TableNames {
    TableNames::with_prefix("test-")
}

/// A new organisation, so that tests do not share data.
pub fn organisation() -> OrganisationId {
    OrganisationId(Uuid::from_bytes(random::bytes().unwrap()))
}

/// A connection without faults.
pub async fn client() -> Client {
    let client = Client::from_conf(config().build());
    schema::create(&DynamoDb::of(client.clone()), &names()).await.unwrap();
    client
}

/// The stores over a connection without faults.
pub async fn stores() -> Stores {
    Stores::new(&DynamoDb::of(client().await), &names())
}

/// The stores of a process that crashes: only its first `calls` calls go through.
pub fn crashing_after(calls: i64) -> Stores {
    let fault = CrashesAtCall { calls_left: AtomicI64::new(calls) };
    let config = config().retry_config(RetryConfig::disabled()).interceptor(fault);
    Stores::new(&DynamoDb::of(Client::from_conf(config.build())), &names())
}

/// The stores of a process that loses the answer to one of its calls, and repeats the call.
pub fn deaf_to(call: i64) -> Stores {
    let retries = RetryConfig::standard().with_initial_backoff(std::time::Duration::from_millis(1));
    let fault = LosesAnswer { calls_left: Arc::new(AtomicI64::new(call)) };
    let config = config().retry_config(retries).interceptor(fault);
    Stores::new(&DynamoDb::of(Client::from_conf(config.build())), &names())
}

fn config() -> Builder {
    let http = HttpClient::new(Roots::Amazon).unwrap();
    Builder::from(&AwsSettings::emulator(&endpoint()).connection(http.shared_http_client()))
}

thread_local! {
    /// The server's thread lives as long as the process.
    static ENDPOINT: String = start();
}

fn endpoint() -> String {
    ENDPOINT.with(String::clone)
}

/// Starts the emulator on its own thread, as it calls SQLite in its tasks.
fn start() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let database = dynoxide::Database::memory().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            dynoxide::server::serve_on(listener, database).await;
        });
    });
    format!("http://{address}")
}

#[derive(Debug)]
struct CrashesAtCall {
    calls_left: AtomicI64,
}

impl Intercept for CrashesAtCall {
    fn name(&self) -> &'static str {
        "CrashesAtCall"
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let crashed = self.calls_left.fetch_sub(1, Ordering::SeqCst) <= 0;
        if crashed { Err("the process has crashed".into()) } else { Ok(()) }
    }
}

#[derive(Debug)]
struct LosesAnswer {
    calls_left: Arc<AtomicI64>,
}

impl Intercept for LosesAnswer {
    fn name(&self) -> &'static str {
        "LosesAnswer"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if self.calls_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            *context.response_mut() = HttpResponse::new(500_u16.try_into()?, SdkBody::empty());
        }
        Ok(())
    }
}
