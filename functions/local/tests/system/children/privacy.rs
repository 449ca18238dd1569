//! Nothing personal is ever written to a log, a metric, a queue, a dead letter or an error answer.
//!
//! The functions are the real processes with their real logging, at the most detailed level that an operator can set,
//! and every kind of failure is provoked. Their whole output is searched.

use std::{fmt::Write, sync::OnceLock, time::Duration};

use aws_sdk_sqs::{Client as Sqs, types::QueueAttributeName as Name};
use bytes::Bytes;
use domain::api_key::{ApiKey, KeyMode, RANDOM_BYTES};
use embedded_aws::{AccessKey, DynamoDb, Storage};
use http::{Method, Request, StatusCode};
use local::stack::{ANY_PORT, Stack, StackConfig, State};
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};
use providers::{CallbackSecret, sandbox::receipt::SIGNATURE_HEADER};
use serde_json::{Value, json};

use super::{
    account::{children, open},
    deaths::kill_in_hand_over,
    leaks::Written,
};

const TEXT: &str = "Kanarienvogel";
const NAME: &str = "Quetzalina";
const EMAIL: &str = "quetzalina@vogelhaus.example";
const NOTES: &str = "Nestbauerin";
/// A number that is in no book, for fields that expect something else.
const UNKNOWN_NUMBER: &str = "254733987651";
const CALLBACK_SECRET: &str = "5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0";
/// Past every time that a message is hidden.
const VISIBLE_AGAIN: Duration = Duration::from_secs(13 * 60);
/// The sandbox's rules, less those that keep a caller waiting and those that pause the campaign.
const MAGIC: [&str; 16] = [
    "000001", "000002", "000003", "000004", "000005", "000006", "000007", "000008", "000011", "000012",
    "000035", "000041", "000042", "000043", "000044", "710001",
];
/// Sandbox rules that apply to a whole call or to the campaign.
const ALONE: [&str; 8] = ["000013", "000021", "000022", "000023", "000024", "000033", "000034", "000037"];

/// The address of DynamoDB: an emulator that only this test uses, so that it can be stopped.
static DYNAMODB: OnceLock<String> = OnceLock::new();

fn environment(name: &str) -> Option<String> {
    match name {
        "AWS_ENDPOINT_URL_DYNAMODB" => DYNAMODB.get().cloned(),
        "AWS_ACCESS_KEY_ID" => Some(AwsSettings::EMULATOR_KEY.to_owned()),
        _ => None,
    }
}

/// A system, a key of its organisation, and everything that its processes write.
struct CanarySystem {
    stack: Stack,
    http: HttpClient,
    written: Written,
    key: ApiKey,
}

impl CanarySystem {
    async fn open(written: &Written) -> Self {
        let variables = [
            ("LOG_LEVEL", "trace"),
            ("SANDBOX_CALLBACK_SECRET", CALLBACK_SECRET),
            ("AFRICASTALKING_CALLBACK_SECRET", CALLBACK_SECRET),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let config = children(State::Memory, written.output());
        let stack = Stack::start(StackConfig { environment, variables, ..config }).await.unwrap();
        let (_, key) = open(&stack).await;
        Self { stack, http: HttpClient::new(Roots::Amazon).unwrap(), written: written.clone(), key }
    }

    /// Sends a request with any key; an answer that is an error is searched.
    async fn ask(&self, key: &str, method: Method, path: &str, kind: &str, body: impl Into<Bytes>) -> Answer {
        self.call(method, path, &[("authorization", &format!("Bearer {key}")), ("content-type", kind)], body)
            .await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.stack.base_url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let answer = self.http.send(request, Duration::from_secs(60)).await.unwrap();
        let body = String::from_utf8_lossy(answer.body()).into_owned();
        if !answer.status().is_success() {
            self.written.add("an error answer", body.clone());
        }
        Answer { status: answer.status(), body }
    }

    async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(self.key.reveal(), Method::POST, path, "application/json", body.to_string()).await
    }

    async fn send(&self, books: &[&str]) -> Answer {
        self.post("/v1/sms/send-group/", json!({ "group_ids": books, "message": TEXT })).await
    }

    async fn book(&self, numbers: &[String]) -> String {
        let book = self.post("/v1/address-books/", json!({ "name": NAME })).await.json();
        let id = book["id"].as_str().unwrap().to_owned();
        assert!(self.import(&id, numbers).await.status.is_success());
        id
    }

    async fn import(&self, book: &str, numbers: &[String]) -> Answer {
        let mut csv = String::from("phone,name,email,notes\n");
        numbers.iter().for_each(|number| writeln!(csv, "+{number},{NAME},{EMAIL},{NOTES}").unwrap());
        let path = format!("/v1/address-books/{book}/contacts/");
        self.ask(self.key.reveal(), Method::POST, &path, "text/csv", csv).await
    }

    fn sqs(&self) -> Sqs {
        let settings = AwsSettings::emulator(&self.stack.variables()["AWS_ENDPOINT_URL_SQS"]);
        Sqs::new(&settings.connection(self.http.shared_http_client()))
    }

    async fn enqueue_unreadable(&self, queue: &str, body: &str) {
        let url = &self.stack.variables()[queue];
        self.sqs().send_message().queue_url(url).message_body(body).send().await.unwrap();
    }

    /// Makes dead letters of messages that failed once, instead of waiting for a hundred failures.
    async fn bury(&self, url: &str) {
        let sqs = self.sqs();
        let told = sqs.get_queue_attributes().queue_url(url).attribute_names(Name::RedrivePolicy);
        let policy = told.send().await.unwrap().attributes.unwrap().remove(&Name::RedrivePolicy).unwrap();
        let mut policy: Value = serde_json::from_str(&policy).unwrap();
        policy["maxReceiveCount"] = json!(1);
        let set = sqs.set_queue_attributes().queue_url(url);
        set.attributes(Name::RedrivePolicy, policy.to_string()).send().await.unwrap();
        self.stack.sqs().unwrap().queues().skip(VISIBLE_AGAIN).unwrap();
    }

    /// Searches the bodies in a queue, and removes them.
    async fn read_queue(&self, url: &str) -> usize {
        let mut count = 0;
        loop {
            let request = self.sqs().receive_message().queue_url(url).max_number_of_messages(10);
            let messages = request.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return count;
            }
            count += messages.len();
            messages.into_iter().for_each(|one| self.written.add("a queue", one.body.unwrap_or_default()));
        }
    }
}

struct Answer {
    status: StatusCode,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        assert!(self.status.is_success(), "{}", self.body);
        serde_json::from_str(&self.body).unwrap()
    }
}

fn numbers(suffixes: &[&str]) -> Vec<String> {
    suffixes.iter().map(|suffix| format!("254722{suffix}")).collect()
}

/// Every form in which a personal value could be written.
fn canaries(keys: &[&str]) -> Vec<String> {
    let mut canaries: Vec<_> =
        [TEXT, NAME, EMAIL, NOTES, UNKNOWN_NUMBER, CALLBACK_SECRET].map(str::to_owned).into();
    // The national part, for other spellings. A text that is short enough to be part of a time is not searched for.
    let chosen = [&MAGIC[..], &ALONE[..]].concat();
    canaries.extend(numbers(&chosen).iter().map(|number| number[3..].to_owned()));
    canaries.push(UNKNOWN_NUMBER[3..].to_owned());
    canaries.extend(keys.iter().map(|key| key.trim_start_matches("tk_live_")[8..].to_owned()));
    canaries
}

async fn bad_input(system: &CanarySystem, book: &str) {
    let send = "/v1/sms/send-group/";
    let key = system.key.reveal();
    for body in [
        json!({ "group_ids": [format!("+{UNKNOWN_NUMBER}")], "message": TEXT }),
        json!({ "group_ids": [book], "message": format!("{TEXT} {}", "ĩ".repeat(1_000)) }),
        json!({ "group_ids": [book], "message": TEXT, "sender_id": UNKNOWN_NUMBER }),
        json!({ "group_ids": [book], "message": [TEXT], "max_cost": NAME, "scheduled_at": TEXT }),
        json!({ "group_ids": [book], "message": TEXT, "max_cost": "0.01" }),
        json!([TEXT]),
    ] {
        assert!(system.post(send, body).await.status.is_client_error());
    }
    for body in
        [format!("{{\"message\": {TEXT}}}"), format!("{{\"message\":\"{TEXT}"), UNKNOWN_NUMBER.to_owned()]
    {
        let refused = system.ask(key, Method::POST, send, "application/json", body).await;
        assert!(refused.status.is_client_error());
    }
    let contacts = format!("/v1/address-books/{book}/contacts/");
    for (kind, body) in [
        ("application/json", format!("[{{\"phone\":\"{UNKNOWN_NUMBER}\",\"name\":{NAME}}}]")),
        (
            "application/json",
            json!([{ "phone": [UNKNOWN_NUMBER], "email": 5, "notes": { "x": NOTES } }]).to_string(),
        ),
        ("text/csv", format!("{NAME},{EMAIL}\n{UNKNOWN_NUMBER},{NOTES}\n")),
        ("application/xml", format!("<a>{NAME}</a>")),
    ] {
        // A bad row is not an error: the answer names its number, which belongs to the caller.
        system.ask(key, Method::POST, &contacts, kind, body).await;
    }
    for path in
        ["/v1/address-books/NUMBER/", "/v1/sms/campaigns/NUMBER/", "/v1/NUMBER/", "/v1/opt-outs/?page=NUMBER"]
    {
        let path = path.replace("NUMBER", UNKNOWN_NUMBER);
        assert!(system.ask(key, Method::GET, &path, "text/plain", "").await.status.is_client_error());
    }
    system.post("/v1/opt-outs/", json!({ "phones": [format!("{UNKNOWN_NUMBER}x"), NAME] })).await;
}

/// Keys that do not work: unknown, malformed, or in the wrong place.
async fn bad_keys(system: &CanarySystem, unknown: &str, malformed: &str) {
    for key in [unknown, malformed] {
        assert_eq!(system.ask(key, Method::GET, "/v1/", "text/plain", "").await.status, 401);
    }
    let basic = [("authorization", malformed)];
    assert_eq!(system.call(Method::GET, "/v1/balance/", &basic, "").await.status, 401);
    // A link to the console whose `#` was lost.
    for (path, status) in
        [(format!("/console/key={malformed}"), 404), (format!("/console/?key={malformed}"), 200)]
    {
        assert_eq!(system.call(Method::GET, &path, &basic, TEXT).await.status, status, "{path}");
    }
}

async fn forged_callbacks(system: &CanarySystem) {
    let sandbox = "/v1/providers/sandbox/receipts/";
    let report =
        json!({ "reports": [{ "reference": UNKNOWN_NUMBER, "id": NAME, "status": TEXT }] }).to_string();
    let secret: CallbackSecret = CALLBACK_SECRET.parse().unwrap();
    let signed = secret.sign(report.as_bytes());
    for signature in ["", "0123456789abcdef", &signed] {
        let refused =
            system.call(Method::POST, sandbox, &[(SIGNATURE_HEADER, signature)], report.clone()).await;
        assert!(refused.status.is_client_error(), "{}", refused.body);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = format!("id={NAME}&phoneNumber=%2B{UNKNOWN_NUMBER}&status=Success&networkCode=63902");
    for path in [CALLBACK_SECRET.replace('5', "6"), CALLBACK_SECRET.to_owned(), UNKNOWN_NUMBER.to_owned()] {
        let path = format!("/v1/providers/africastalking/receipts/{path}/");
        system.call(Method::POST, &path, &form, body.clone()).await;
        system.call(Method::POST, &path, &form, format!("{TEXT}=%zz&{NAME}")).await;
    }
}

async fn unreadable_messages(system: &CanarySystem) {
    for queue in ["BATCHES_QUEUE_URL", "RECEIPTS_QUEUE_URL"] {
        for body in [
            TEXT.to_owned(),
            json!({ "v": 1, "task": TEXT }).to_string(),
            json!({ "v": UNKNOWN_NUMBER, "task": {} }).to_string(),
            json!({ "v": 1, "task": { "organisation": NAME, UNKNOWN_NUMBER: EMAIL } }).to_string(),
        ] {
            system.enqueue_unreadable(queue, &body).await;
        }
    }
    system.stack.drain().await.unwrap();
}

/// Campaigns that get every answer that a provider can give.
async fn campaigns(system: &CanarySystem) {
    let mut books = vec![system.book(&numbers(&MAGIC)).await];
    for suffix in ALONE {
        books.push(system.book(&numbers(&[suffix])).await);
    }
    for book in &books {
        assert_eq!(system.send(&[book]).await.status, 202);
    }
    // Searched before they are processed; they become visible again, because they are not deleted.
    let url = system.stack.variables()["SMALL_BATCHES_QUEUE_URL"].clone();
    let request =
        system.sqs().receive_message().queue_url(&url).max_number_of_messages(10).visibility_timeout(0);
    for message in request.send().await.unwrap().messages.unwrap_or_default() {
        system.written.add("a queue", message.body.unwrap_or_default());
    }
    system.stack.drain().await.unwrap();
    system.stack.tick().await.unwrap();
    system.stack.sandbox().deliver_reports().await;
    system.stack.drain().await.unwrap();
}

/// Requests while the tables do not answer.
async fn without_tables(system: &CanarySystem, book: &str) {
    let (books, chosen) = ([book], numbers(&MAGIC));
    let answers = tokio::join!(
        system.send(&books),
        system.import(book, &chosen),
        system.post("/v1/opt-outs/", json!({ "phones": [UNKNOWN_NUMBER] })),
        system.ask(system.key.reveal(), Method::GET, "/v1/health/", "text/plain", ""),
    );
    for answer in [answers.0, answers.1, answers.2, answers.3] {
        assert!(answer.status.is_server_error(), "{} {}", answer.status, answer.body);
    }
    let nowhere = json!({ "v": 1, "task": { "batch": "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0" } });
    system.enqueue_unreadable("BATCHES_QUEUE_URL", &nowhere.to_string()).await;
    let report = json!({ "v": 1, "task": {
        "message": "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.0",
        "account": "sandbox", "provider_message_id": null, "times_put_off": null, "reported": "delivered", "code": null, "network": null,
    }});
    system.enqueue_unreadable("RECEIPTS_QUEUE_URL", &report.to_string()).await;
    system.stack.sandbox().deliver_reports().await;
    let (batches, receipts, tick) =
        tokio::join!(system.stack.poll_batches(), system.stack.poll_receipts(), system.stack.tick());
    assert!(batches.unwrap().failed > 0 && receipts.is_ok() && tick.is_err());
}

#[tokio::test]
async fn no_process_writes_personal_data_to_its_log() {
    let written = Written::default();
    let filter = local::log_filter("debug".parse().unwrap());
    tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(written.clone()).init();
    let dynamodb =
        DynamoDb::start(Storage::Memory, ANY_PORT, &AccessKey::of(AwsSettings::EMULATOR_KEY)).unwrap();
    DYNAMODB.set(dynamodb.endpoint().to_owned()).unwrap();
    let system = CanarySystem::open(&written).await;
    let unknown = ApiKey::generate(KeyMode::Live, &[9; RANDOM_BYTES]);
    let malformed = "tk_live_CanaryCanaryCanaryCanaryCanaryCa";

    let book = system.book(&numbers(&["710001"])).await;
    bad_input(&system, &book).await;
    bad_keys(&system, unknown.reveal(), malformed).await;
    forged_callbacks(&system).await;
    assert_eq!(system.send(&[&book]).await.status, 202);
    kill_in_hand_over(&system.stack).await;
    campaigns(&system).await;
    unreadable_messages(&system).await;
    system.send(&[&book]).await;
    tokio::task::spawn_blocking(move || dynamodb.stop()).await.unwrap();
    without_tables(&system, &book).await;

    let variables = system.stack.variables().clone();
    for queue in ["BATCHES_QUEUE_URL", "RECEIPTS_QUEUE_URL"] {
        let url = &variables[queue];
        system.bury(url).await;
        system.read_queue(url).await;
        assert!(system.read_queue(&format!("{url}-dead")).await > 0, "nothing died in {queue}");
    }
    let keys = [system.key.reveal().to_owned(), unknown.reveal().to_owned(), malformed.to_owned()];
    system.stack.stop().await;

    // The test must have searched the places where such lines are written.
    for (place, line) in [
        ("log of dispatch", "an unreadable message was dropped"),
        ("log of dispatch", "PoisonMessages"),
        ("log of dispatch", "a campaign is paused"),
        ("log of dispatch", "a batch was left"),
        ("log of callbacks", "ForgedCallbacks"),
        ("log of receipts", "an unreadable message was dropped"),
        ("log of api", "a store did not answer"),
        ("log of the host", "a batch failed"),
        ("an error answer", "request_id"),
        ("a queue", "\"batch\""),
    ] {
        assert!(written.holds(place, line), "no {line:?} in {place}");
    }
    let leaks = written.leaks(&canaries(&keys.each_ref().map(String::as_str)));
    assert!(leaks.is_empty(), "{} leaks:\n{}", leaks.len(), leaks.join("\n"));
}
