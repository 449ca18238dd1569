//! The events of the bootstraps, each of which does the same work every time.

use serde_json::{Value, json};

use crate::support::{
    books,
    measured_stack::MeasuredStack,
    provider::{CALLBACK_SECRET, Taken},
};

/// A kind of invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// A request that reads the wallet: a key, an organisation, a rate window, one item.
    Balance,
    /// An accept of a hundred.
    SendGroup,
    /// A list of books.
    AddressBooks,
    /// A batch of a hundred recipients.
    Batch,
    /// A provider's callback.
    Callback,
    /// A run of the clock.
    Tick,
}

/// All of them.
pub const CASES: [Case; 6] =
    [Case::Balance, Case::SendGroup, Case::AddressBooks, Case::Batch, Case::Callback, Case::Tick];

/// Recipients of a small campaign.
const RECIPIENTS: usize = 100;

impl Case {
    /// The function that is invoked.
    pub const fn function(self) -> &'static str {
        match self {
            Self::Balance | Self::SendGroup => "api",
            Self::AddressBooks => "books",
            Self::Batch => "dispatch",
            Self::Callback => "callbacks",
            Self::Tick => "clock",
        }
    }

    /// The function's logical name in the template.
    pub const fn deployed(self) -> &'static str {
        match self {
            Self::Balance | Self::SendGroup => "ApiFunction",
            Self::AddressBooks => "BooksFunction",
            Self::Batch => "DispatchFunction",
            Self::Callback => "CallbacksFunction",
            Self::Tick => "ClockFunction",
        }
    }

    /// Name in the printed table.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Balance => "api: balance",
            Self::SendGroup => "api: send-group, 100",
            Self::AddressBooks => "books: list",
            Self::Batch => "dispatch: a batch of 100",
            Self::Callback => "callbacks: a callback",
            Self::Tick => "clock: nothing due",
        }
    }

    /// `count` events, in a state of the system in which each can do its work.
    pub async fn events(self, bench: &MeasuredStack, count: usize) -> Vec<Value> {
        match self {
            Self::Balance => vec![request(bench, "GET", "/v1/balance/", "application/json", ""); count],
            Self::SendGroup => send_group(bench, count).await,
            Self::AddressBooks => {
                vec![request(bench, "GET", "/v1/address-books/", "application/json", ""); count]
            }
            Self::Batch => batches(bench, count).await,
            Self::Callback => callbacks(bench, count).await,
            Self::Tick => vec![json!({"version": "2.0"}); count],
        }
    }
}

async fn send_group(bench: &MeasuredStack, count: usize) -> Vec<Value> {
    if count == 0 {
        return Vec::new();
    }
    let body = json!({"group_ids": books::overlapping(bench, RECIPIENTS).await, "message": "Hello!"});
    vec![request(bench, "POST", "/v1/sms/send-group/", "application/json", &body.to_string()); count]
}

/// A campaign of one batch for each, as its message was queued.
async fn batches(bench: &MeasuredStack, count: usize) -> Vec<Value> {
    bench.dispatch_all(1).await;
    let (books, url) =
        (books::overlapping(bench, RECIPIENTS).await, &bench.stack.variables()["SMALL_BATCHES_QUEUE_URL"]);
    let (sqs, mut events) = (bench.sqs(), Vec::new());
    while events.len() < count {
        bench.send(&books).await;
        let received = sqs.receive_message().queue_url(url).send().await.expect("the queue answers");
        let messages = received.messages.unwrap_or_default();
        events.extend(messages.iter().filter_map(|message| message.body()).map(batch_event));
    }
    events
}

fn batch_event(body: &str) -> Value {
    json!({"Records": [{
        "messageId": "bench", "receiptHandle": "bench", "body": body, "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:batches", "awsRegion": "us-east-1",
    }]})
}

async fn callbacks(bench: &MeasuredStack, count: usize) -> Vec<Value> {
    if count == 0 {
        return Vec::new();
    }
    bench.dispatch_all(1).await;
    bench.provider.take_all();
    bench.send(&books::overlapping(bench, RECIPIENTS).await).await;
    bench.dispatch_all(1).await;
    let path = format!("/v1/providers/africastalking/receipts/{CALLBACK_SECRET}/");
    let taken = bench.provider.take_all();
    let form = |taken: &Taken| {
        let digits = taken.number.trim_start_matches('+');
        format!("id={}&status=Success&phoneNumber=%2B{digits}&networkCode=63902", taken.id)
    };
    let kind = "application/x-www-form-urlencoded";
    taken.iter().take(count).map(|taken| request(bench, "POST", &path, kind, &form(taken))).collect()
}

/// A request as API Gateway's HTTP API writes it, version 2.0.
fn request(bench: &MeasuredStack, method: &str, path: &str, kind: &str, body: &str) -> Value {
    let http = json!({"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"});
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
        "headers": {
            "authorization": format!("Bearer {}", bench.api.key().expect("a key")),
            "host": "local", "content-type": kind,
        },
        "requestContext": {
            "accountId": "000000000000", "apiId": "local", "domainName": "local", "domainPrefix": "local",
            "http": http, "requestId": "bench", "routeKey": "$default", "stage": "$default",
            "time": "23/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_420_800_000_u64,
        },
        "body": body, "isBase64Encoded": false,
    })
}
