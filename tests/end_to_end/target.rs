//! A world with one thing of each kind, and calls to every endpoint of the route table about them.

use http::Method;
use serde_json::json;
use tests::{
    World,
    client::{Answer, Client},
    phones,
    routes::table,
};
use web::Route;

pub const UNKNOWN_ID: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

/// Entries that need a key.
pub fn keyed() -> Vec<Route> {
    table().into_iter().map(|(_, route)| route).filter(Route::needs_key).collect()
}

/// A world with a book, a contact and a campaign, for the variables of paths.
pub struct Target {
    pub world: World,
    pub book: String,
    pub contact: String,
}

impl Target {
    pub async fn start() -> Self {
        let world = World::start().await;
        let book = world.book("Book", &phones(0..2)).await;
        world.send(&[&book]).await;
        let contacts = world.api.get(&format!("/v1/address-books/{book}/contacts/")).await.expect(200);
        let contact = contacts["results"][0]["id"].as_str().unwrap().to_owned();
        Self { world, book, contact }
    }

    /// A target with a second campaign, of a test key.
    pub async fn with_campaigns_of_both_modes() -> Self {
        let target = Self::start().await;
        let body = json!({"group_ids": [target.book], "message": "Hi"});
        target.world.test_key().await.post("/v1/sms/send-group/", &body).await.expect(202);
        target
    }

    /// The path of an endpoint with the ids of existing items.
    pub fn path(&self, route: &Route) -> String {
        filled(route, &self.book, &self.contact, "1", &self.world.message_id(1))
    }

    /// Calls an endpoint with a query and a body of a type that it takes.
    pub async fn ask_with(&self, route: &Route, query: &str, body: &str) -> Answer {
        call(&self.world.api, route, &format!("{}?{query}", self.path(route)), body.to_owned()).await
    }

    /// Calls an endpoint with a body of a type that it takes.
    pub async fn ask(&self, api: &Client, route: &Route, body: &str) -> Answer {
        call(api, route, &self.path(route), body.to_owned()).await
    }

    /// Asserts that every endpoint that needs a key refuses this one, and that nothing is written or queued.
    pub async fn refuses(&self, api: &Client, status: u16, code: &str) {
        let before = (self.world.everything_stored().await, self.world.queued_messages().await);
        for route in keyed() {
            let answer = self.ask(api, &route, "{}").await;
            answer.refused(status, code);
            let asks_for_a_key = answer.header("www-authenticate") == Some("Bearer");
            assert_eq!(asks_for_a_key, status == 401, "{route:?}");
            assert_eq!(answer.header("retry-after").is_some(), status == 429, "{route:?}");
        }
        let after = (self.world.everything_stored().await, self.world.queued_messages().await);
        assert_eq!(after, before, "{code}");
    }
}

pub fn filled(route: &Route, book: &str, contact: &str, campaign: &str, message: &str) -> String {
    let path = route.path.replace("{book}", book).replace("{contact}", contact);
    let path = path.replace("{campaign}", campaign).replace("{message}", message);
    let path = path.replace("{secret}", "x").replace("{phone}", "0799000000");
    let path = path.replace("{account}", "africastalking").replace("{event}", "receipts");
    assert!(!path.contains('{'), "the tests do not know the variable of {path}");
    format!("{path}/")
}

pub async fn call(api: &Client, route: &Route, path: &str, body: String) -> Answer {
    let media_type = route.body.and_then(|limits| limits.media_types.first()).unwrap_or(&"text/plain");
    api.call(route.method.clone(), path, &[("content-type", media_type)], body).await
}

/// The least body that an endpoint about a thing of its path takes, `[]` or an object.
pub fn least_body(route: &Route) -> &'static str {
    match route.body {
        Some(limits) if limits.media_types.len() > 1 => "[]",
        Some(_) if route.path.ends_with("/reschedule") => r#"{"scheduled_at":"2027-01-31T08:00:00+03:00"}"#,
        _ => "{}",
    }
}

/// The query without which an endpoint answers 400.
pub fn query(route: &Route) -> &'static str {
    match route.path {
        "/v1/contacts" => "?phone=0712345678",
        "/v1/sms/messages" => "?mobile=0712345678",
        _ => "",
    }
}

/// The stable code of an error; empty for another answer.
pub fn code(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

/// The status and code with which a callback address turns away a call that proves nothing, of an account that is called
/// back by POST.
pub fn callback_refusal(route: &Route) -> (u16, &'static str) {
    if route.method == Method::GET { (405, "method_not_allowed") } else { (403, "forged_callback") }
}
