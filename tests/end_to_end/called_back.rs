//! Calls of the callback addresses of every kind in the registry: genuine, replayed, forged, and what else comes.
//!
//! A new kind fails here until it has a [`Caller`].

use callbacks::{CallbackAccounts, Callbacks};
use http::{HeaderName, Method};
use lambda_http::{Body, Service};
use platform::{
    stage::Stage,
    telemetry::{self, take_recorded},
};
use providers::{Account, CallbackSecret, KINDS, Kind, sandbox, twilio};
use serde_json::{Value, json};
use tests::{World, phones};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const HOST: &str = "sms.example";
/// The body of a call may have a quarter of a megabyte.
const TOO_LONG: usize = 256 * 1024 + 1;
/// A status that no provider lists.
const NEW_WORD: &str = "TELEPORTED";

/// A number of the sandbox that pauses its campaign.
const BALANCE_EMPTY: &str = "000021";

/// The calls of a kind of provider.
struct Caller {
    kind: &'static str,
    /// Whether the secret is the last segment of the address.
    is_secret_in_path: bool,
    /// The header that proves a call, by address and body.
    signature: fn(url: &str, body: &str) -> Option<(HeaderName, String)>,
    /// A report that a message (its reference, id and number) has a status.
    report: fn(message: &Message, status: &str) -> String,
    /// A status that changes nothing more.
    in_transit: &'static str,
    /// Whether a status that is not listed is taken as in transit.
    takes_new_words: bool,
}

struct Message {
    reference: String,
    id: String,
    mobile: String,
}

const CALLERS: [Caller; 4] = [
    Caller {
        kind: "sandbox",
        is_secret_in_path: false,
        signature: |_, body| {
            let secret: CallbackSecret = SECRET.parse().unwrap();
            Some((HeaderName::from_static(sandbox::receipt::SIGNATURE_HEADER), secret.sign(body.as_bytes())))
        },
        report: |message, status| {
            let Message { reference, id, .. } = message;
            let line =
                json!({"reference": reference, "id": id, "status": status, "code": null, "network": null});
            json!({ "reports": [line] }).to_string()
        },
        in_transit: "in_transit",
        // The sandbox's protocol is this repository's own, so an unknown status is a fault.
        takes_new_words: false,
    },
    Caller {
        kind: "africastalking",
        is_secret_in_path: true,
        signature: |_, _| None,
        report: |Message { id, mobile, .. }, status| {
            format!("id={id}&status={status}&phoneNumber=%2B{mobile}&networkCode=63902")
        },
        in_transit: "Buffered",
        takes_new_words: true,
    },
    Caller {
        kind: "infobip",
        is_secret_in_path: true,
        signature: |_, _| None,
        report: |Message { reference, mobile, .. }, status| {
            let id = if status == NEW_WORD { 9_999 } else { 26 };
            let status = json!({"id": id, "name": status});
            json!({"results": [{"messageId": format!("{reference}-0"), "to": mobile, "status": status}]})
                .to_string()
        },
        in_transit: "PENDING_ACCEPTED",
        takes_new_words: true,
    },
    Caller {
        kind: "twilio",
        is_secret_in_path: false,
        signature: |url, body| {
            Some((twilio::signature::NAME, twilio::signature::sign(SECRET, url, body.as_bytes())))
        },
        report: |Message { id, mobile, .. }, status| {
            format!("MessageSid={id}&MessageStatus={status}&To=%2B{mobile}")
        },
        in_transit: "sending",
        takes_new_words: true,
    },
];

/// A call, and what it is called with beside its body.
struct Made<'a> {
    method: Method,
    account: &'a str,
    event: &'a str,
    path_secret: Option<&'a str>,
    header: Option<(HeaderName, String)>,
    content_type: &'a str,
    body: String,
}

impl Caller {
    fn kind(&self) -> &'static Kind {
        self.kind.parse().unwrap()
    }

    fn account(&self) -> Account {
        let secret = if self.kind == "twilio" { "auth_token" } else { "callback_secret" };
        Account::new(self.kind(), Stage::Test).with_secret(secret, SECRET)
    }

    /// A call that the provider makes.
    fn genuine(&self, body: String) -> Made<'_> {
        let mut made = Made {
            method: Method::POST,
            account: self.kind,
            event: "receipts",
            path_secret: self.is_secret_in_path.then_some(SECRET),
            header: None,
            content_type: "application/x-www-form-urlencoded",
            body,
        };
        made.header = (self.signature)(&made.url(), &made.body);
        made
    }
}

impl Made<'_> {
    fn url(&self) -> String {
        let secret = self.path_secret.map(|secret| format!("/{secret}")).unwrap_or_default();
        format!("https://{HOST}/v1/providers/{}/{}{secret}", self.account, self.event)
    }

    /// Makes it; gives the status and the code of an error.
    async fn call(self, callbacks: &Callbacks) -> (u16, String) {
        let request = http::Request::builder().method(self.method.clone()).uri(self.url());
        let request = request.header("host", HOST).header("content-type", self.content_type);
        let request =
            self.header.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = request.body(Body::from(self.body)).unwrap();
        let response = web::service(callbacks.routes()).call(request).await.unwrap();
        let status = response.status().as_u16();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
        assert!(
            status < 400 || answer["detail"].as_str().is_some_and(|detail| !detail.is_empty()),
            "{answer}"
        );
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    }
}

/// A world with one message that was sent, and callbacks that know an account of each kind. Its campaign is paused, so
/// that the message may be of any account.
async fn world() -> (World, Callbacks, Message) {
    let world = World::start().await;
    let numbers = [phones(0..1), world.magic(&[BALANCE_EMPTY])].concat();
    let book = world.book("Book", &numbers).await;
    world.send(&[&book]).await;
    world.drain().await;
    let row = world.message_of(1, numbers[0].trim_start_matches('+')).await;
    let text = |field: &str| row[field].as_str().unwrap().to_owned();
    let reference = world.campaign(1).batch(0).message(0).to_string();
    let message = Message { reference, id: text("provider_message_id"), mobile: text("mobile") };
    let accounts = CallbackAccounts::of(CALLERS.iter().map(Caller::account));
    let stack = &world.stack;
    let callbacks =
        Callbacks::new(stack.stores().clone(), stack.queues().clone(), world.clock().clone(), accounts);
    (world, callbacks, message)
}

/// The metrics that were written since the last look.
fn counted() -> Vec<String> {
    take_recorded().into_iter().map(|recorded| recorded.metric).collect()
}

#[tokio::test]
async fn what_is_not_the_providers_is_refused_counted_and_stores_nothing_whatever_the_kind() {
    let called_back = KINDS.iter().filter(|kind| kind.callbacks.is_some()).map(|kind| kind.name);
    assert!(
        called_back.eq(CALLERS.iter().map(|caller| caller.kind)),
        "every kind that calls back has a caller"
    );
    let (world, callbacks, message) = world().await;
    let stored = world.everything_stored().await;
    telemetry::record();
    for caller in &CALLERS {
        let report = || (caller.report)(&message, caller.in_transit);
        let genuine = || caller.genuine(report());
        let without_proof = Made { path_secret: None, header: None, ..genuine() };
        let another_secret = SECRET.replace('0', "f");
        let forged = match caller.is_secret_in_path {
            true => Made { path_secret: Some(&another_secret), ..genuine() },
            // The signature of another body.
            false => Made { header: caller.genuine("{}".to_owned()).header, ..genuine() },
        };
        let refused = [
            (Made { account: "nobody", ..genuine() }, (404, "unknown_path")),
            (Made { account: "%FF", ..genuine() }, (404, "unknown_path")),
            (Made { event: "payments", ..genuine() }, (404, "unknown_path")),
            (without_proof, (403, "forged_callback")),
            (forged, (403, "forged_callback")),
            (Made { method: Method::GET, ..genuine() }, (405, "method_not_allowed")),
            (Made { method: Method::PUT, ..genuine() }, (405, "method_not_allowed")),
            (caller.genuine("x".repeat(TOO_LONG)), (413, "body_too_large")),
        ];
        for (made, (status, code)) in refused {
            // Each call is in a period of its own, so that each is counted at once.
            world.clock().advance(domain::timestamp::Millis::from_mins(5));
            let what = format!("{}: {} {}", caller.kind, made.method, code);
            assert_eq!(made.call(&callbacks).await, (status, code.to_owned()), "{what}");
            assert_eq!(counted(), ["ForgedCallbacks"], "{what}");
        }
        for body in ["", "<report/>", "[7]"] {
            let answer = caller.genuine(body.to_owned()).call(&callbacks).await;
            assert_eq!(answer, (400, "malformed_callback".to_owned()), "{}: {body}", caller.kind);
            assert_eq!(counted(), ["MalformedCallbacks"], "{}: {body}", caller.kind);
        }
    }
    assert_eq!(world.everything_stored().await, stored);
    assert_eq!(world.queued_messages().await, 0);
}

#[tokio::test]
async fn a_genuine_call_counts_once_however_often_it_comes_and_a_new_status_is_named_and_loses_nothing() {
    let (world, callbacks, message) = world().await;
    telemetry::record();
    for caller in &CALLERS {
        let report = |status| (caller.report)(&message, status);
        let mut stored = Vec::new();
        // Providers change their media types, so only the form of the body decides.
        for content_type in ["application/x-www-form-urlencoded", "application/json", "text/xml; charset=x"] {
            let made = Made { content_type, ..caller.genuine(report(caller.in_transit)) };
            assert_eq!(made.call(&callbacks).await.0, 200, "{}: {content_type}", caller.kind);
            assert_eq!(world.queued_messages().await, 1, "{}", caller.kind);
            world.stack.drain().await.unwrap();
            stored.push(world.everything_stored().await);
        }
        assert!(stored.windows(2).all(|pair| pair[0] == pair[1]), "{}: a replay writes nothing", caller.kind);
        counted();
        let (status, _) = caller.genuine(report(NEW_WORD)).call(&callbacks).await;
        let expected =
            if caller.takes_new_words { (200, "UnlistedReports") } else { (400, "MalformedCallbacks") };
        assert_eq!((status, counted()), (expected.0, vec![expected.1.to_owned()]), "{}", caller.kind);
        world.stack.drain().await.unwrap();
        assert_eq!(world.message_of(1, &message.mobile).await["status"], "sent", "{}", caller.kind);
    }
    world.audit().await;
}
