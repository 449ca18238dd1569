//! The actions of clients, providers, operators and the clock: each may crash, and is repeated as its actor would
//! repeat it.

use std::fmt;

use clock::{ClockError, RunCounts};
use domain::{money::Money, timestamp::Millis};
use http::{Method, Request};
use lambda_http::Body;
use providers::{CallbackSecret, sandbox::receipt::SIGNATURE_HEADER};
use serde_json::{Value, json};
use tower::Service;
use web::Routes;

use super::{CALLBACK_SECRET, FaultSystem, PRICE, UnlessKilled};

/// Attempts of an actor before it gives up.
const PATIENCE: usize = 10;
/// The pause of an actor between attempts: longer than the lease of a request, or of an edit of a book.
const BETWEEN_TRIES: Millis = Millis::from_secs(61);
const REPORTS_PER_CALLBACK: usize = 100;

/// The function that a request goes to.
#[derive(Clone, Copy, Debug)]
pub enum At {
    Api,
    Books,
    Callbacks,
}

/// An answer, byte for byte.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub is_replay: bool,
    pub body: Vec<u8>,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl FaultSystem<'_> {
    /// Makes one request.
    pub async fn call(
        &self,
        at: At,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> UnlessKilled<Answer> {
        let is_order = tests::audit::is_order(path);
        let mut request = Request::builder().method(method).uri(format!("http://sms.example{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.header("content-type", "application/json").body(Body::from(body.to_string()));
        let mut service = web::service(self.routes_at(at).clone());
        self.because(|reasons| {
            reasons.requested(1);
            reasons.ordered(u64::from(is_order));
        });
        self.until_killed(async move {
            let response = service.call(request.unwrap()).await.unwrap();
            Answer {
                status: response.status().as_u16(),
                is_replay: response.headers().contains_key("idempotent-replayed"),
                body: axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap().into(),
            }
        })
        .await
    }

    const fn routes_at(&self, at: At) -> &Routes {
        match at {
            At::Api => &self.routes.api,
            At::Books => &self.routes.books,
            At::Callbacks => &self.routes.callbacks,
        }
    }

    /// Makes a request with a key of the organisation, under an idempotency key.
    pub async fn own(
        &self,
        at: At,
        method: Method,
        path: &str,
        key: &str,
        body: &Value,
    ) -> UnlessKilled<Answer> {
        let authorization = format!("Bearer {}", self.key);
        let headers = [("authorization", authorization.as_str()), ("idempotency-key", key)];
        self.call(at, method, path, &headers, body).await
    }

    /// Makes a send request with further or other fields.
    pub async fn send(&self, key: &str, extra: &Value) -> UnlessKilled<Answer> {
        let mut body = json!({"group_ids": [self.book], "message": "Hello! Your invoice is ready."});
        for (name, value) in extra.as_object().into_iter().flatten() {
            body[name] = value.clone();
        }
        self.own(At::Api, Method::POST, "/v1/sms/send-group/", key, &body).await
    }

    /// The answer to a GET request without faults, which no plan counts.
    pub async fn shown(&self, path: &str) -> Value {
        let mut service = web::service(self.routes.observer.clone());
        let request = Request::get(format!("http://sms.example{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.key));
        let response = service.call(request.body(Body::Empty).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), 200, "{path}");
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        serde_json::from_slice(&body).unwrap()
    }

    /// Sends like a client that needs its campaign: repeats with the same key until the send is accepted.
    pub async fn insist(&self, key: &str) -> u64 {
        self.insist_on(key, &json!({})).await
    }

    /// Sends with further fields until the send is accepted; returns the campaign.
    pub async fn insist_on(&self, key: &str, extra: &Value) -> u64 {
        let answer = self.until(|answer| answer.status == 202, async || self.send(key, extra).await).await;
        answer.json()["campaign_id"].as_u64().unwrap()
    }

    /// Repeats a request with the same key until it is carried out.
    pub async fn insist_at(&self, at: At, path: &str, key: &str, body: &Value) {
        let is_done = |answer: &Answer| answer.status < 300;
        self.until(is_done, async || self.own(at, Method::POST, path, key, body).await).await;
    }

    /// Cancels, pauses or resumes a campaign; repeats the request until it has succeeded.
    pub async fn control(&self, campaign: u64, verb: &str) {
        let path = format!("/v1/sms/campaigns/{campaign}/{verb}/");
        let wanted: &[&str] = match verb {
            "cancel" => &["cancelled"],
            "pause" => &["paused"],
            _ => &["queued", "running", "completed"],
        };
        let is_so = |answer: &Answer| {
            answer.status == 200 || answer.json()["status"].as_str().is_some_and(|now| wanted.contains(&now))
        };
        self.until(is_so, async || self.own(At::Api, Method::POST, &path, verb, &json!({})).await).await;
    }

    /// Reports recipients as delivered that the provider took under a reference.
    pub async fn report(&self, asked: impl Fn(&str) -> bool) {
        let secret: CallbackSecret = CALLBACK_SECRET.parse().unwrap();
        let lines: Vec<Value> = self
            .truth
            .taken()
            .into_iter()
            .filter(|(reference, _)| asked(reference))
            .map(|(reference, taken)| {
                json!({"reference": reference, "id": taken.id, "status": "delivered", "code": null, "network": null})
            })
            .collect();
        for lines in lines.chunks(REPORTS_PER_CALLBACK) {
            let body = json!({"reports": lines});
            let signature = secret.sign(body.to_string().as_bytes());
            let headers = [(SIGNATURE_HEADER, signature.as_str())];
            let path = "/v1/providers/sandbox/receipts/";
            self.until(
                |answer| answer.status == 200,
                async || {
                    self.because(|reasons| reasons.reported(lines.len() as u64));
                    self.call(At::Callbacks, Method::POST, path, &headers, &body).await
                },
            )
            .await;
        }
    }

    /// Gives the wallet the price of one message.
    pub async fn top_up(&self, reference: &str) {
        let amount = Money::from_ten_thousandths(PRICE);
        let wallets = &self.operator.stores.accounts.wallets;
        for _ in 0..PATIENCE {
            let now = self.clock.now();
            let topped = self.command(wallets.top_up(self.organisation, reference, amount, now)).await;
            if matches!(topped, UnlessKilled::Ended(Ok(_))) {
                return;
            }
        }
        panic!("never topped up");
    }

    /// Runs the clock once; the run may fail.
    pub async fn tick(&self) {
        let _ = self.try_to_look().await;
    }

    /// Runs the clock once, without a failure; returns its counts.
    pub async fn look(&self) -> RunCounts {
        match self.try_to_look().await {
            UnlessKilled::Ended(looked) => looked.unwrap(),
            UnlessKilled::Killed => panic!("the clock was to live"),
        }
    }

    async fn try_to_look(&self) -> UnlessKilled<Result<RunCounts, ClockError>> {
        self.because(|reasons| reasons.ticked(1));
        self.until_killed(self.clockwork.tick()).await
    }

    async fn until(
        &self,
        is_wanted: impl Fn(&Answer) -> bool,
        ask: impl AsyncFn() -> UnlessKilled<Answer>,
    ) -> Answer {
        let mut last = None;
        for _ in 0..PATIENCE {
            match ask().await {
                UnlessKilled::Ended(answer) if is_wanted(&answer) => return answer,
                other => last = Some(other),
            }
            self.pass(BETWEEN_TRIES);
        }
        panic!("never answered as wanted, at last {last:?}");
    }
}
