//! One stack in memory with one organisation, and the words that tests are written in.

use std::sync::Arc;

use aws_sdk_sqs::{Client as Sqs, types::QueueAttributeName};
use cli::operator::{Redriven, redrive};
use domain::{
    api_key::KeyMode,
    batch::BatchSize,
    ids::{CampaignId, KeyId},
    keys::CampaignKey,
    lane::Lane,
    money::Money,
    msisdn::Msisdn,
    organisation::Organisation,
    scope::Scopes,
    timestamp::Timestamp,
};
use embedded_aws::{DynamoDb, Sqs as EmbeddedSqs};
use local::stack::{Interposed, Mode, QueueName, Stack, StackConfig};
use platform::{aws::AwsSettings, clock::Clock, environment::Environment, http::HttpClient};
use provider_emulators::sandbox::InboxTotals;
use providers::{Kind, sandbox};
use serde_json::{Value, json};
use stores::{Changed, Creation, Stores};

pub use crate::seeds::{seed, seed_book};
use crate::{
    agreement::disagreement,
    client::Client,
    fixture,
    leaks::Watch,
    permissions::Permissions,
    proxy::Proxy,
    seeds::{issue_key, organisation},
    stored,
};

/// The start of a world's clock: a Monday morning, in the middle of a minute.
const START: Timestamp = Timestamp::from_millis(1_795_420_805_000);
const AFRICASTALKING_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// The variables of the queues of batches.
const BATCHES: [&str; 3] = ["SMALL_BATCHES_QUEUE_URL", "BATCHES_QUEUE_URL", "TEST_BATCHES_QUEUE_URL"];

/// A stack in memory whose functions have these variables.
fn config(variables: impl IntoIterator<Item = (&'static str, String)>) -> StackConfig {
    let secret = ("AFRICASTALKING_CALLBACK_SECRET", AFRICASTALKING_SECRET.to_owned());
    let variables = variables.into_iter().chain([secret]);
    StackConfig {
        variables: variables.map(|(name, value)| (name.to_owned(), value)).collect(),
        ..StackConfig::in_memory(Clock::manual(START))
    }
}

/// A stack with an organisation that has KES 1,000.00 and a key with all scopes.
#[derive(Clone)]
pub struct World {
    pub stack: Arc<Stack>,
    /// The permissions that the functions use.
    pub permissions: Arc<Permissions>,
    /// Stores that bypass the wire, for initial data.
    stores: Stores,
    /// The key's organisation.
    pub organisation: Organisation,
    /// A client with the key.
    pub api: Client,
    /// No test may leave a line in the log that has a number, a text or a key.
    _watch: Watch,
}

impl World {
    /// Starts a world with the sandbox.
    pub async fn start() -> Self {
        Self::start_over(&sandbox::KIND, []).await
    }

    /// Starts a world with a provider that these variables configure.
    pub async fn start_over(
        provider: &'static Kind,
        variables: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        Self::start_over_in_batches_of(BatchSize::FULL, provider, variables).await
    }

    /// Starts a world with this batch size, and with a provider that these variables configure.
    pub async fn start_over_in_batches_of(
        batch_recipients: BatchSize,
        provider: &'static Kind,
        variables: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Self {
        let mode = Mode::InProcess { batch_recipients };
        Self::start_with(StackConfig { provider, mode, ..config(variables) }).await
    }

    /// Starts one on a tenth of the scale: a batch holds a hundred, and the provider takes ten a call.
    /// Several batches of several groups are a campaign of a few hundred then.
    pub async fn start_small() -> Self {
        Self::start_with_batches_of(100).await
    }

    /// Starts a world with this batch size, and a provider that takes ten recipients in a call.
    pub async fn start_with_batches_of(recipients: u16) -> Self {
        let batch_recipients = BatchSize::try_from(recipients).expect("a size");
        let config = config([("SANDBOX_MAX_RECIPIENTS", "10".to_owned())]);
        Self::start_with(StackConfig { mode: Mode::InProcess { batch_recipients }, ..config }).await
    }

    /// Starts a world with one recipient in a batch: a hundred and one recipients are then a large campaign, with
    /// counts items.
    pub async fn start_in_ones() -> Self {
        let batch_recipients = BatchSize::try_from(1).expect("a size");
        Self::start_with(StackConfig { mode: Mode::InProcess { batch_recipients }, ..config([]) }).await
    }

    /// Starts a world with a proxy between the functions and embedded emulators, which judges each call by the
    /// function's role.
    async fn start_with(config: StackConfig) -> Self {
        let permissions = Arc::<Permissions>::default();
        let proxy = Proxy::guarded(permissions.clone()).await;
        let between = move |dynamodb: &DynamoDb, sqs: &EmbeddedSqs| {
            proxy.lead_to(dynamodb, sqs);
            Interposed { base_url: proxy.base_url(), http: HttpClient::over(proxy.connector()) }
        };
        let config = StackConfig { between: Some(Arc::new(between)), ..config };
        let stack = Stack::start(config).await.expect("the stack starts");
        Self::with_organisation(Arc::new(stack), permissions, "talkntalk").await
    }

    /// A world with another organisation on the same stack.
    pub async fn other_organisation(&self) -> Self {
        Self::with_organisation(self.stack.clone(), self.permissions.clone(), "other").await
    }

    async fn with_organisation(stack: Arc<Stack>, permissions: Arc<Permissions>, slug: &str) -> Self {
        let (organisation, stores) = (organisation(slug), stored::stores(&stack));
        let created = stores.accounts.organisations.create(&organisation).await.expect("the table answers");
        assert_eq!(created, Creation::Created);
        let api = Client::new(&stack);
        let world = Self { stack, permissions, stores, organisation, api, _watch: Watch::begin() };
        world.give_money("opening", 10_000_000).await;
        let (api, _) = world.issue_key(Scopes::all()).await;
        Self { api, ..world }
    }

    pub fn clock(&self) -> &Clock {
        self.stack.clock()
    }

    /// The world's time.
    pub fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// Changes how the organisation is set up.
    pub async fn configure(&self, change: impl FnOnce(&mut Organisation)) {
        let mut organisation = self.organisation.clone();
        change(&mut organisation);
        let organisations = &self.stores.accounts.organisations;
        let replaced = organisations.replace(&organisation).await.expect("the table answers");
        assert_eq!(replaced, Changed::Done);
    }

    /// Tops the wallet up by ten-thousandths of a shilling.
    pub async fn give_money(&self, reference: &str, ten_thousandths: i64) {
        let amount = Money::from_ten_thousandths(ten_thousandths);
        let wallets = &self.stores.accounts.wallets;
        wallets.top_up(self.organisation.id, reference, amount, self.now()).await.expect("the table answers");
    }

    pub async fn issue_key(&self, scopes: Scopes) -> (Client, KeyId) {
        self.issue(KeyMode::Live, scopes).await
    }

    /// A client with a test key, whose campaigns reach no one.
    pub async fn test_key(&self) -> Client {
        self.issue(KeyMode::Test, Scopes::all()).await.0
    }

    /// This world with a test key.
    pub async fn as_test(&self) -> Self {
        Self { api: self.test_key().await, ..self.clone() }
    }

    pub async fn issue(&self, mode: KeyMode, scopes: Scopes) -> (Client, KeyId) {
        let (key, id) = issue_key(&self.stores, self.organisation.id, mode, scopes, self.now()).await;
        (self.api.with_key(key.reveal()), id)
    }

    /// Creates a book with these numbers; returns its id.
    pub async fn book(&self, name: &str, phones: &[String]) -> String {
        seed_book(&self.stores, self.organisation.id, name, phones, self.now()).await
    }

    /// Adds contacts of these numbers to a book, as a sender does.
    pub async fn add_contacts(&self, book: &str, phones: &[String]) {
        let csv = format!("phone\n{}\n", phones.join("\n"));
        let path = format!("/v1/address-books/{book}/contacts/");
        let imported = self.api.post_csv(&path, csv).await.expect(200);
        assert_eq!(imported["invalid_count"], 0, "{imported}");
    }

    /// A book of one of the fixture's CSV files.
    pub async fn fixture_book(&self, name: &str) -> String {
        let id = self.book(name, &[]).await;
        let path = format!("/v1/address-books/{id}/contacts/");
        self.api.post_csv(&path, fixture(&format!("contacts/{name}.csv"))).await.expect(200);
        id
    }

    /// Sends to some books.
    pub async fn send(&self, books: &[&str]) -> Value {
        let body = json!({"group_ids": books, "message": "Hello! Your invoice is ready."});
        self.api.post("/v1/sms/send-group/", &body).await.expect(202)
    }

    /// Numbers that the sandbox treats as their last six digits say.
    pub fn magic(&self, suffixes: &[&str]) -> Vec<String> {
        suffixes.iter().map(|suffix| format!("+254722{suffix}")).collect()
    }

    /// A campaign's status answer; its counts always add up.
    pub async fn status(&self, campaign: u64) -> Value {
        let status = self.api.get(&format!("/v1/sms/campaigns/{campaign}/")).await.expect(200);
        let parts = ["sent_count", "failed_count", "unconfirmed_count", "cancelled_count", "queued_count"];
        let sum: i64 = parts.iter().map(|part| status[part].as_i64().expect("a count is a number")).sum();
        assert_eq!(sum, status["recipients_count"], "{status}");
        status
    }

    /// Asserts that all answers with a campaign's counts agree.
    pub async fn agree(&self, campaign: u64) {
        let ask = async |path: String| self.api.get(&path).await.expect(200);
        assert_eq!(disagreement(campaign, ask).await, None);
    }

    /// The id of a campaign's first message.
    pub fn message_id(&self, campaign: u64) -> String {
        self.campaign(campaign).batch(0).message(0).to_uuid().to_string()
    }

    /// The row of a number, without its plus, in a campaign's messages.
    pub async fn message_of(&self, campaign: u64, digits: &str) -> Value {
        for page in 1.. {
            let path = format!("/v1/sms/campaigns/{campaign}/messages/?page_size=500&page={page}");
            let answer = self.api.get(&path).await.expect(200);
            let rows = answer["results"].as_array().expect("an envelope has results");
            if let Some(row) = rows.iter().find(|row| row["mobile"] == digits) {
                return row.clone();
            }
            assert!(!answer["next"].is_null(), "the campaign has no such recipient");
        }
        unreachable!("pages end")
    }

    /// Balance, reserved, available.
    pub async fn balance(&self) -> (String, String, String) {
        let answer = self.api.get("/v1/balance/").await.expect(200);
        let part = |name: &str| answer[name].as_str().expect("a balance is a decimal string").to_owned();
        (part("balance"), part("reserved"), part("available"))
    }

    /// Processes both queues, and audits the result.
    pub async fn drain(&self) {
        let drained = self.stack.drain().await.expect("the queues answer");
        if drained.batches.received + drained.receipts.received > 0 {
            self.audit().await;
        }
    }

    /// Runs the clock once.
    pub async fn tick(&self) {
        self.stack.tick().await.expect("the clock runs");
    }

    /// Lets the provider report, applies the reports, and audits the result.
    pub async fn deliver_reports(&self) {
        self.stack.deliver_reports().await.expect("the queues answer");
        self.audit().await;
    }

    /// Lets the provider report; the reports stay in their queue.
    pub async fn report_without_applying(&self) {
        self.stack.sandbox().deliver_reports().await;
    }

    /// The messages that the provider took.
    pub fn inbox(&self) -> InboxTotals {
        self.stack.sandbox().totals()
    }

    /// How many messages the provider took for each of these numbers.
    pub fn messages_to(&self, phones: &[String]) -> Vec<u32> {
        let count = |phone: &String| {
            self.stack.sandbox().messages_to(Msisdn::parse_e164(phone).expect("a number in E.164"))
        };
        phones.iter().map(count).collect()
    }

    /// All stored items, without the counts of requests.
    pub async fn everything_stored(&self) -> String {
        stored::everything(&self.stack).await
    }

    pub async fn queued_messages(&self) -> u64 {
        let mut messages = 0;
        for queue in Lane::ALL.map(QueueName::Batches).into_iter().chain([QueueName::Receipts]) {
            messages += self.stack.depth(queue).await.expect("the queue answers").total() as u64;
        }
        messages
    }

    /// The bodies of all messages in all queues, which stay there.
    pub async fn queued_bodies(&self) -> Vec<String> {
        let sqs = self.sqs();
        let mut bodies = Vec::new();
        for url in BATCHES.into_iter().chain(["RECEIPTS_QUEUE_URL"]).map(|name| self.variable(name)) {
            let mut handles = Vec::new();
            loop {
                let request =
                    sqs.receive_message().queue_url(&url).max_number_of_messages(10).visibility_timeout(600);
                let messages = request.send().await.expect("the queue answers").messages.unwrap_or_default();
                if messages.is_empty() {
                    break;
                }
                for message in messages {
                    bodies.push(message.body.unwrap_or_default());
                    handles.extend(message.receipt_handle);
                }
            }
            for handle in handles {
                let request = sqs
                    .change_message_visibility()
                    .queue_url(&url)
                    .receipt_handle(handle)
                    .visibility_timeout(0);
                request.send().await.expect("the queue answers");
            }
        }
        bodies
    }

    /// Loses every message that waits for dispatch. (SQS purges a queue once a minute at most.)
    pub async fn lose_queued_messages(&self) {
        let sqs = self.sqs();
        for url in BATCHES.map(|name| self.variable(name)) {
            loop {
                let request = sqs.receive_message().queue_url(&url).max_number_of_messages(10);
                let messages = request.send().await.expect("the queue answers").messages.unwrap_or_default();
                if messages.is_empty() {
                    break;
                }
                for handle in messages.into_iter().filter_map(|message| message.receipt_handle) {
                    let request = sqs.delete_message().queue_url(&url).receipt_handle(handle);
                    request.send().await.expect("the queue answers");
                }
            }
        }
    }

    /// Makes the messages of a queue visible again at once after a failure, so that they soon become dead letters.
    pub async fn let_messages_come_back_at_once(&self, queue: &str) {
        let request = self.sqs().set_queue_attributes().queue_url(self.variable(queue));
        let request = request.attributes(QueueAttributeName::VisibilityTimeout, "0");
        request.send().await.expect("the queue answers");
    }

    /// Redrives dead batches, as an operator does.
    pub async fn redrive_batches(&self) -> Redriven {
        redrive(&self.sqs(), &self.variable("SMALL_BATCHES_QUEUE_URL")).await.expect("the queues answer")
    }

    /// Redrives dead reports, as an operator does.
    pub async fn redrive_reports(&self) -> Redriven {
        redrive(&self.sqs(), &self.variable("RECEIPTS_QUEUE_URL")).await.expect("the queues answer")
    }

    /// Deletes the queue that a variable names.
    pub async fn delete_queue(&self, variable: &str) {
        let request = self.sqs().delete_queue().queue_url(self.variable(variable));
        request.send().await.expect("the queue answers");
    }

    /// Puts a message with any body into the queue of batches.
    pub async fn enqueue_unreadable(&self, body: &str) {
        let request =
            self.sqs().send_message().queue_url(self.variable("BATCHES_QUEUE_URL")).message_body(body);
        request.send().await.expect("the queue answers");
    }

    /// Puts a message of any body into the queue of reports.
    pub async fn poison_reports(&self, body: &str) {
        let request =
            self.sqs().send_message().queue_url(self.variable("RECEIPTS_QUEUE_URL")).message_body(body);
        request.send().await.expect("the queue answers");
    }

    /// The address of a campaign of the organisation.
    pub fn campaign(&self, number: u64) -> CampaignKey {
        let campaign = CampaignId::new(number).expect("campaigns count from 1");
        CampaignKey { organisation: self.organisation.id, campaign }
    }

    /// Enqueues batches of a small campaign again.
    pub async fn enqueue_again(&self, campaign: u64, batches: impl Iterator<Item = u32>) {
        let queues = self.stack.queues();
        queues
            .enqueue_batches(self.campaign(campaign), Lane::Small, batches)
            .await
            .expect("the queue answers");
    }

    /// The path of Africa's Talking's callbacks.
    pub fn africastalking_callback(&self) -> String {
        format!("/v1/providers/africastalking/receipts/{AFRICASTALKING_SECRET}/")
    }

    fn variable(&self, name: &str) -> String {
        self.stack.variables().get(name).cloned().unwrap_or_default()
    }

    fn sqs(&self) -> Sqs {
        let lookup = |name: &str| self.stack.variables().get(name).cloned();
        let mut environment = Environment::new(&lookup);
        let settings = AwsSettings::read(&mut environment, "SQS");
        Sqs::new(&settings.connection(self.stack.http().shared_http_client()))
    }
}
