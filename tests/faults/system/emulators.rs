//! The emulators with the proxy in front, which the systems of one test share.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::atomic::{AtomicI64, Ordering},
};

use auditor::Auditor;
use aws_sdk_dynamodb::Client;
use domain::timestamp::{Millis, Timestamp};
use embedded_aws::{AccessKey, Storage};
use local::stack::{BATCHES, RECEIPTS};
use platform::{aws::AwsSettings, http::HttpClient};
use queue::{QueueUrls, Queues, Sqs};
use serde_json::json;
use sqs_emulator::EmbeddedSqs;
use stores::{DynamoDb, Stores, TableNames};
use tests::{proxy::Proxy, tables::Tables};

/// Any free port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The key that the emulators accept.
pub fn emulator_key() -> AccessKey {
    AccessKey::of(AwsSettings::EMULATOR_KEY)
}

const START: i64 = 1_795_420_805_000;
/// Time between the starts of two systems: by then, a pause that the provider asked one of them for is over.
const BETWEEN_SYSTEMS: Millis = Millis::from_hours(1);

/// Emulators with a proxy in front, shared by the systems of one test: each has an organisation of its own.
pub struct SharedEmulators {
    pub proxy: Proxy,
    /// Unfaulted, for looking.
    pub stores: Stores,
    /// Unfaulted, for what AWS does: receiving and deleting.
    pub sqs: aws_sdk_sqs::Client,
    pub urls: QueueUrls,
    pub embedded_sqs: EmbeddedSqs,
    pub auditor: Auditor,
    /// Unfaulted, for damaging.
    pub dynamodb: Client,
    /// Its calls go through the proxy.
    watched: HttpClient,
    pub names: TableNames,
    next_start: AtomicI64,
    _dynamodb: embedded_aws::DynamoDb,
    _sqs: embedded_aws::Sqs,
}

/// The clients through which a function calls the emulators.
pub struct FunctionClients {
    pub stores: Stores,
    pub queues: Queues,
    pub sqs: aws_sdk_sqs::Client,
}

impl SharedEmulators {
    pub async fn start() -> Self {
        let dynamodb = embedded_aws::DynamoDb::start(Storage::Memory, ANY_PORT, &emulator_key()).unwrap();
        let sqs = embedded_aws::Sqs::start(Storage::Memory, ANY_PORT, &emulator_key()).unwrap();
        let names = TableNames::with_prefix("");
        let tables = Tables::of(dynamodb.database().clone()).http_client();
        let client = Client::new(&AwsSettings::emulator(dynamodb.endpoint()).connection(tables));
        let direct = DynamoDb::of(client.clone());
        stores::schema::create(&direct, &names).await.unwrap();
        let proxy = Proxy::start().await;
        proxy.lead_to(&dynamodb, &sqs);
        let unfaulted = Proxy::start().await;
        unfaulted.lead_to(&dynamodb, &sqs);
        let http = HttpClient::over(unfaulted.connector());
        let aws = AwsSettings::emulator(&unfaulted.url("aws")).connection(http.shared_http_client());
        let direct_sqs = aws_sdk_sqs::Client::new(&aws);
        Self {
            watched: HttpClient::over(proxy.connector()),
            proxy,
            stores: Stores::new(&direct, &names),
            urls: create_queues(&direct_sqs).await,
            sqs: direct_sqs,
            embedded_sqs: sqs.queues().clone(),
            auditor: tests::audit::auditor_of(client.clone(), &names),
            dynamodb: client,
            names,
            next_start: AtomicI64::new(START),
            _dynamodb: dynamodb,
            _sqs: sqs,
        }
    }

    /// When the next system begins.
    pub fn next_start(&self) -> Timestamp {
        Timestamp::from_millis(self.next_start.fetch_add(BETWEEN_SYSTEMS.0, Ordering::Relaxed))
    }

    /// An auditor whose calls go through the proxy.
    pub fn watched_auditor(&self) -> Auditor {
        let settings = AwsSettings::emulator(&self.proxy.url("auditor"));
        let client = Client::new(&settings.connection(self.watched.shared_http_client()));
        tests::audit::auditor_of(client, &self.names)
    }

    /// The clients of a caller, whose calls go through the proxy.
    pub fn clients(&self, caller: &str) -> FunctionClients {
        let settings = AwsSettings::emulator(&self.proxy.url(caller));
        let sqs = aws_sdk_sqs::Client::new(&settings.connection(self.watched.shared_http_client()));
        FunctionClients {
            stores: Stores::new(&DynamoDb::connect(&settings, &self.watched), &self.names),
            queues: Queues::new(&Sqs::of(sqs.clone()), self.urls.clone()),
            sqs,
        }
    }

    /// Messages in both queues, in any state.
    pub fn messages(&self) -> usize {
        self.depth("batches") + self.depth("receipts")
    }

    /// Dead letters of both queues.
    pub fn dead_messages(&self) -> usize {
        self.depth("batches-dead") + self.depth("receipts-dead")
    }

    /// Messages of a queue, in any state.
    pub fn depth(&self, queue: &str) -> usize {
        self.embedded_sqs.queue_depth(queue).unwrap().total()
    }
}

/// Creates queues as the deployed ones are, dead letters included.
async fn create_queues(client: &aws_sdk_sqs::Client) -> QueueUrls {
    use aws_sdk_sqs::types::QueueAttributeName as Name;
    let create = |name: String| client.create_queue().queue_name(name).send();
    let mut urls = Vec::new();
    for (name, settings) in [("batches", BATCHES), ("receipts", RECEIPTS)] {
        let dead = create(format!("{name}-dead")).await.unwrap().queue_url.unwrap();
        let told = client.get_queue_attributes().queue_url(dead).attribute_names(Name::QueueArn);
        let arn = told.send().await.unwrap().attributes.unwrap().remove(&Name::QueueArn).unwrap();
        let policy = json!({"deadLetterTargetArn": arn, "maxReceiveCount": settings.max_receive_count});
        let url = create(name.to_owned()).await.unwrap().queue_url.unwrap();
        let set = client.set_queue_attributes().queue_url(&url);
        let set = set.attributes(Name::RedrivePolicy, policy.to_string());
        let set = set.attributes(Name::VisibilityTimeout, settings.visibility.as_secs().to_string());
        set.send().await.unwrap();
        urls.push(url);
    }
    let (receipts, batches) = (urls.remove(1), urls.remove(0));
    // One queue for all lanes, because these tests do not depend on turns.
    let (small_batches, test_batches) = (batches.clone(), batches.clone());
    QueueUrls { small_batches, test_batches, batches, receipts, ..QueueUrls::default() }
}
