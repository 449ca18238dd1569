//! The system behind the proxy: its functions in this process, so that one can be killed at any call by
//! dropping it there.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use api::Api;
use auditor::{Auditor, Options, ProviderTruth};
use aws_sdk_dynamodb::Client;
use clock::Clockwork;
use dispatch::Dispatcher;
use domain::{
    ids::{CampaignId, OrganisationId},
    money::Money,
    timestamp::{Millis, Timestamp},
    wallet::Wallet,
};
use http::Request;
use lambda_http::Body;
use local::embedded::{self, Storage};
use platform::{
    aws::AwsSettings,
    clock::Clock,
    http::{HttpClient, Roots},
};
use queue::{QueueUrls, Queues, Sqs};
use serde_json::{Value, json};
use stores::{
    DynamoDb, Stores, TableNames,
    campaigns::{BatchState, CampaignHeader},
};
use tests::world;
use tower::Service;
use web::Edge;

use crate::{
    proxy::{Fault, Proxy},
    truth::Truth,
};

/// Recipients of the campaign that everything is tried on: a batch of three groups, the last one short.
pub const RECIPIENTS: u64 = 130;
/// Recipients of one call.
pub const GROUP: usize = 50;
/// A segment's price, in ten-thousandths.
const PRICE: i64 = 10_000;
/// Any free port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const START: Timestamp = Timestamp::from_millis(1_795_420_805_000);

/// Emulators with a proxy in front, shared by the rigs of one test: each has an organisation of its own.
pub struct Ground {
    proxy: Proxy,
    /// Unfaulted, for looking.
    direct: Stores,
    faulted: Stores,
    queues: Queues,
    auditor: Auditor,
    _dynamodb: embedded::DynamoDb,
    _sqs: embedded::Sqs,
}

impl Ground {
    /// Starts the emulators and the proxy.
    pub async fn start() -> Self {
        let dynamodb = embedded::DynamoDb::start(Storage::Memory, ANY_PORT).unwrap();
        let sqs = embedded::Sqs::start(Storage::Memory, ANY_PORT).unwrap();
        let http = HttpClient::new(Roots::Amazon).unwrap();
        let names = TableNames::with_prefix("");
        let client =
            Client::new(&AwsSettings::emulator(dynamodb.endpoint()).connection(http.shared_http_client()));
        let direct = DynamoDb::of(client.clone());
        stores::schema::create(&direct, &names).await.unwrap();
        let proxy = Proxy::start(dynamodb.endpoint()).await;
        let faulted = DynamoDb::connect(&AwsSettings::emulator(&proxy.url()), &http);
        Self {
            proxy,
            direct: Stores::new(&direct, &names),
            faulted: Stores::new(&faulted, &names),
            queues: queues(sqs.endpoint(), &http).await,
            auditor: tests::audit::auditor_of(client, &names),
            _dynamodb: dynamodb,
            _sqs: sqs,
        }
    }
}

/// The system with an organisation, and what it is made of.
pub struct Rig {
    pub proxy: Proxy,
    pub clock: Clock,
    pub truth: Arc<Truth>,
    pub organisation: OrganisationId,
    /// Unfaulted, for looking.
    pub stores: Stores,
    api: Api,
    dispatcher: Dispatcher,
    clockwork: Clockwork,
    key: String,
    book: String,
    /// Times that the process died at a call to a table: each may have left a group in flight.
    deaths: AtomicU64,
    auditor: Auditor,
}

/// What became of something that may be killed.
#[derive(Debug, PartialEq, Eq)]
pub enum Lived<T> {
    Ended(T),
    Died,
}

impl Rig {
    /// A system with a book of [`RECIPIENTS`] contacts and money for three campaigns.
    pub async fn on(ground: &Ground, truth: Truth) -> Self {
        let Ground { proxy, direct, faulted, queues, .. } = ground;
        proxy.plan(|_, _| Fault::None);
        let clock = Clock::manual(START);
        let truth = Arc::new(truth);
        let dispatcher = Dispatcher {
            stores: faulted.clone(),
            queues: queues.clone(),
            live: truth.clone(),
            test: truth.clone(),
            pace: None,
            clock: clock.clone(),
        };
        let clockwork = Clockwork { stores: faulted.clone(), queues: queues.clone(), clock: clock.clone() };
        let edge = Edge { stores: faulted.clone(), clock: clock.clone() };
        let api = Api { edge, queues: queues.clone(), pace: None };
        let (organisation, key) = world::seed(direct, 3 * RECIPIENTS as i64 * PRICE, START).await;
        let book = world::seed_book(direct, organisation, RECIPIENTS as u32, START).await;
        let (proxy, stores, auditor) = (proxy.clone(), direct.clone(), ground.auditor.clone());
        Self {
            proxy,
            clock,
            truth,
            organisation,
            stores,
            api,
            dispatcher,
            clockwork,
            key,
            book,
            deaths: AtomicU64::new(0),
            auditor,
        }
    }

    /// Runs something until it ends or is killed.
    pub async fn until_killed<T>(&self, work: impl Future<Output = T>) -> Lived<T> {
        tokio::select! {
            biased;
            () = self.proxy.crash() => {
                self.deaths.fetch_add(1, Ordering::Relaxed);
                Lived::Died
            }
            () = self.truth.crash() => Lived::Died,
            ended = work => Lived::Ended(ended),
        }
    }

    /// One request to send, under a key of the client's own.
    pub async fn send(&self, idempotency_key: &str) -> Lived<(u16, Value)> {
        self.ask(idempotency_key, &json!({})).await
    }

    /// One request to send whose body says more, or other, than usual.
    pub async fn ask(&self, idempotency_key: &str, extra: &Value) -> Lived<(u16, Value)> {
        let mut body = json!({"group_ids": [self.book], "message": "Hello! Your invoice is ready."});
        for (name, value) in extra.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        let request = Request::post("http://sms.example/v1/sms/send-group/")
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", "application/json")
            .header("idempotency-key", idempotency_key)
            .body(Body::from(body.to_string()))
            .unwrap();
        let mut service = web::edge::service(self.api.routes());
        self.until_killed(async move {
            let response = service.call(request).await.unwrap();
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            (status, serde_json::from_slice(&body).unwrap())
        })
        .await
    }

    /// Sends as a client does that wants its campaign: again, with the same key, until it is accepted.
    pub async fn insist(&self, idempotency_key: &str) -> u64 {
        for _ in 0..10 {
            if let Lived::Ended((202, answer)) = self.send(idempotency_key).await {
                return answer["campaign_id"].as_u64().unwrap();
            }
            self.clock.advance(Millis::from_secs(45));
        }
        panic!("never accepted");
    }

    /// Dispatches every batch that is in the tables and not closed, as its queue message would ask for.
    pub async fn dispatch(&self, campaign: u64) {
        let campaign = CampaignId::new(campaign).unwrap();
        for batch in 0..domain::batch::batches_of(RECIPIENTS) {
            let task = queue::BatchTask { organisation: self.organisation, campaign, batch };
            let deadline = self.clock.now().plus(Millis::from_mins(2));
            let _ = self.until_killed(self.dispatcher.run(task, deadline)).await;
        }
    }

    /// One look of the clock.
    pub async fn tick(&self) {
        let _ = self.until_killed(self.clockwork.tick()).await;
    }

    /// The worker's own entry, for tests that hold one in their hands.
    pub const fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    /// Lets the clock and the queue do what they do until the campaign has ended. Whatever died before
    /// is found this way, and by nothing else.
    pub async fn settle(&self, campaign: u64) {
        let id = CampaignId::new(campaign).unwrap();
        for _ in 0..60 {
            let header = self.stores.campaigns.header(self.organisation, id).await.unwrap().unwrap();
            if header.finished_at.is_some() {
                return;
            }
            self.clock.advance(Millis::from_mins(3));
            self.tick().await;
            self.dispatch(campaign).await;
        }
        panic!("the campaign never ended");
    }

    /// The campaign as the tables have it.
    pub async fn status(&self, campaign: u64) -> CampaignHeader {
        let id = CampaignId::new(campaign).unwrap();
        self.stores.campaigns.header(self.organisation, id).await.unwrap().unwrap()
    }

    /// Checks a campaign that has ended against the provider's truth, and the money against both.
    pub async fn audit(&self, campaign: u64, context: &str) {
        let id = CampaignId::new(campaign).unwrap();
        let header = self.stores.campaigns.header(self.organisation, id).await.unwrap().unwrap();
        let taken = self.truth.taken();
        let twice = taken.values().filter(|times| **times > 1).count();
        assert_eq!(twice, 0, "{context}: {twice} people were texted twice");
        let mut by_status: HashMap<&str, u64> = HashMap::new();
        for batch in 0..header.batches() {
            let record = self.stores.campaigns.batch(self.organisation, id, batch).await.unwrap().unwrap();
            assert_eq!(record.head.state, BatchState::Closed, "{context}: batch {batch}");
            for (number, status) in record.plan.recipients().iter().zip(record.statuses()) {
                *by_status.entry(status.as_str()).or_default() += 1;
                let was_taken = taken.contains_key(number);
                match status.as_str() {
                    "sent" => assert!(was_taken, "{context}: somebody is shown as sent and was not"),
                    "unconfirmed" => {}
                    other => assert!(!was_taken, "{context}: somebody was texted and is shown as {other}"),
                }
            }
        }
        let count = |status| by_status.get(status).copied().unwrap_or_default();
        assert_eq!(by_status.values().sum::<u64>(), RECIPIENTS, "{context}");
        let lost = u64::from(self.truth.lost_calls()) + self.deaths.load(Ordering::Relaxed);
        assert!(count("unconfirmed") <= lost.max(1) * self.truth_group(), "{context}: {by_status:?}");
        let report = header.report();
        assert_eq!(
            (report.counts.sent as u64, report.counts.failed as u64),
            (count("sent"), count("failed")),
            "{context}"
        );
        assert_eq!(report.counts.unconfirmed as u64, count("unconfirmed"), "{context}");
        assert_eq!(header.charged, price(count("sent")), "{context}");
        assert_eq!(header.refunded, price(count("failed") + count("cancelled")), "{context}");
        self.audit_wallet(&header.held(), context).await;
        self.hold_to_every_rule(context).await;
    }

    /// What the auditor, which shares no code with the system, says of the organisation.
    pub async fn hold_to_every_rule(&self, context: &str) {
        let mut provider = ProviderTruth::new();
        self.truth.taken().into_iter().for_each(|(number, times)| provider.took_number(number, times));
        let organisation = Some(self.organisation.to_string());
        let options =
            Options { now_millis: self.clock.now().millis(), organisation, provider: Some(provider) };
        let report = self.auditor.audit(options).await.unwrap();
        assert!(report.is_clean(), "{context}: {report}");
    }

    fn truth_group(&self) -> u64 {
        providers::Provider::max_recipients(&*self.truth) as u64
    }

    /// Top-ups = available + reserved + charged; and what is reserved is what this campaign still holds.
    async fn audit_wallet(&self, held: &Money, context: &str) {
        let wallet = self.stores.accounts.wallets.get(self.organisation).await.unwrap();
        let Wallet { available, reserved, charged } = wallet;
        assert_eq!(reserved, *held, "{context}: reserved");
        let sum = Money::checked_sum([available, reserved, charged]).unwrap();
        assert_eq!(sum, price(3 * RECIPIENTS), "{context}: the books do not balance");
        let page = stores::PageRequest { page: 1, page_size: 10_000 };
        let ledger = self.stores.accounts.wallets.ledger(self.organisation, page).await.unwrap();
        assert_eq!(ledger.total as usize, ledger.results.len(), "{context}: lines are counted");
        let replayed = ledger.results.iter().rev().fold(Wallet::default(), |wallet, line| {
            let moved = line.kind.movement(line.amount);
            let add = |a: Money, b: Money| a.checked_add(b).unwrap();
            Wallet {
                available: add(wallet.available, moved.available),
                reserved: add(wallet.reserved, moved.reserved),
                charged: add(wallet.charged, moved.charged),
            }
        });
        assert_eq!(replayed, wallet, "{context}: the ledger does not sum to the wallet");
    }

    /// How many campaigns there are: a send that was asked for once is there once.
    pub async fn campaigns(&self) -> u64 {
        let page = stores::PageRequest { page: 1, page_size: 100 };
        self.stores.campaigns.list(self.organisation, None, page).await.unwrap().total
    }
}

fn price(messages: u64) -> Money {
    Money::from_ten_thousandths(PRICE * messages as i64)
}

async fn queues(endpoint: &str, http: &HttpClient) -> Queues {
    let config = AwsSettings::emulator(endpoint).connection(http.shared_http_client());
    let client = aws_sdk_sqs::Client::new(&config);
    let create = |name: &'static str| client.create_queue().queue_name(name).send();
    let (batches, receipts) = (create("batches").await.unwrap(), create("receipts").await.unwrap());
    let url = |created: aws_sdk_sqs::operation::create_queue::CreateQueueOutput| created.queue_url.unwrap();
    Queues::new(&Sqs::of(client.clone()), QueueUrls { batches: url(batches), receipts: url(receipts) })
}
