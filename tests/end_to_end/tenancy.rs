//! Items of another organisation are answered exactly like items that do not exist, and are not changed.

use std::sync::Arc;

use api::Api;
use callbacks::{CallbackAccounts, Callbacks};
use domain::{batch::BatchSize, campaign::deadlines::Retention};
use http::{Method, Request};
use local::stack::FunctionName;
use platform::stage::Stage;
use providers::{Account, africastalking, sandbox};
use serde_json::{Value, json};
use tests::{
    World,
    client::{Answer, JSON},
    phones,
    routes::table,
};
use tower::Service;
use web::{Backend, Routes};

const NOBODYS_BOOK: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
const NOBODYS_CAMPAIGN: &str = "9";

/// Requests about a book `{b}`, a contact `{c}` of it, a campaign `{n}` and a message `{m}` of it, and the code for one
/// that does not exist.
const REQUESTS: [(&str, &str, &str, &str); 23] = [
    ("POST", "/v1/sms/send-group/", r#"{"group_ids":["{b}"],"message":"Hi"}"#, "address_book_not_found"),
    (
        "POST",
        "/v1/sms/send-group/",
        r#"{"group_ids":["{b}"],"message":"Hi","dry_run":true}"#,
        "address_book_not_found",
    ),
    ("GET", "/v1/address-books/{b}/", "", "address_book_not_found"),
    ("PATCH", "/v1/address-books/{b}/", r#"{"name":"Mine"}"#, "address_book_not_found"),
    ("PATCH", "/v1/address-books/{b}/", "{}", "address_book_not_found"),
    ("DELETE", "/v1/address-books/{b}/", "", "address_book_not_found"),
    ("GET", "/v1/address-books/{b}/contacts/", "", "address_book_not_found"),
    ("POST", "/v1/address-books/contacts/", r#"{"id":"{b}"}"#, "address_book_not_found"),
    ("POST", "/v1/address-books/{b}/contacts/", r#"[{"phone":"0712345678"}]"#, "address_book_not_found"),
    ("DELETE", "/v1/address-books/{b}/contacts/{c}/", "", "address_book_not_found"),
    ("GET", "/v1/sms/campaigns/{n}/", "", "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/status/", r#"{"campaign_id":{n}}"#, "campaign_not_found"),
    ("GET", "/v1/sms/campaigns/{n}/messages/", "", "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/messages/", r#"{"campaign_id":{n}}"#, "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/{n}/cancel/", "", "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/{n}/pause/", "", "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/{n}/resume/", "", "campaign_not_found"),
    ("GET", "/v1/sms/campaigns/{n}/messages/?mobile=0711500000", "", "campaign_not_found"),
    ("GET", "/v1/sms/campaigns/{n}/reasons/", "", "campaign_not_found"),
    ("GET", "/v1/sms/campaigns/{n}/timeline/", "", "campaign_not_found"),
    ("POST", "/v1/sms/campaigns/{n}/resend/", "{}", "campaign_not_found"),
    (
        "POST",
        "/v1/sms/campaigns/{n}/reschedule/",
        r#"{"scheduled_at":"2027-01-31T08:00:00+03:00"}"#,
        "campaign_not_found",
    ),
    ("GET", "/v1/sms/messages/{m}/", "", "message_not_found"),
];

#[tokio::test]
async fn every_request_about_another_organisations_data_is_404_and_writes_nothing() {
    let world = World::start().await;
    let book = world.book("Ours", &phones(0..2)).await;
    world.send(&[&book]).await;
    let contacts = world.api.get(&format!("/v1/address-books/{book}/contacts/")).await.expect(200);
    let contact = contacts["results"][0]["id"].as_str().unwrap();
    let other = world.other_organisation().await;
    let (stored, queued) = (world.everything_stored().await, world.queued_messages().await);
    for (method, path, body, code) in REQUESTS {
        let ask = async |book: &str, campaign: &str| -> Answer {
            let message = world.message_id(campaign.parse().unwrap());
            let fill = |text: &str| {
                let text = text.replace("{b}", book).replace("{c}", contact);
                text.replace("{n}", campaign).replace("{m}", &message)
            };
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            other.api.call(method, &fill(path), &JSON, fill(body)).await
        };
        let (theirs, nobodys) = (ask(&book, "1").await, ask(NOBODYS_BOOK, NOBODYS_CAMPAIGN).await);
        theirs.refused(404, code);
        nobodys.refused(404, code);
        let without_id = |answer: &Answer| -> Value {
            let mut body = answer.json();
            body["request_id"] = json!(null);
            body
        };
        assert_eq!(without_id(&theirs), without_id(&nobodys), "{method} {path}");
    }
    assert_eq!(world.everything_stored().await, stored);
    assert_eq!(world.queued_messages().await, queued);
}

/// A function's answer to a request that no HTTP server would pass on.
async fn ask_directly(routes: Routes, method: Method, path: &str, key: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(format!("https://sms.example{path}"))
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", "application/json");
    let request = request.body(lambda_http::Body::from("{}")).unwrap();
    let (parts, body) = web::service(routes).call(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

#[tokio::test]
async fn a_path_segment_that_is_not_utf8_is_an_unknown_id() {
    let world = World::start().await;
    let stored = world.everything_stored().await;
    let (stores, queues) = (world.stack.stores().clone(), world.stack.queues().clone());
    let backend = Backend { stores: stores.clone(), clock: world.clock().clone() };
    let api = Api {
        backend: backend.clone(),
        queues: queues.clone(),
        pace: None,
        account: sandbox::KIND.account(),
        batch_recipients: BatchSize::FULL,
        retention: Retention::default(),
        last_look: Arc::default(),
    };
    let key = world.api.key().unwrap();
    let called_back =
        Account::new(&africastalking::KIND, Stage::Test).with_secret("callback_secret", "a".repeat(48));
    let accounts = CallbackAccounts::of([called_back]);
    let callbacks = Callbacks::new(stores, queues, world.clock().clone(), accounts);
    for (function, route) in table().into_iter().filter(|(_, route)| route.path.contains('{')) {
        let routes = match function {
            FunctionName::Api => api.routes(),
            FunctionName::Books => books::routes(&backend),
            FunctionName::Callbacks => callbacks.routes(),
            FunctionName::Dispatch | FunctionName::Receipts | FunctionName::Clock | FunctionName::Console => {
                unreachable!("no HTTP function")
            }
        };
        let path = route.path.replace("{account}", "africastalking").replace("{event}", "receipts");
        let variables = ["{book}", "{contact}", "{campaign}", "{message}", "{secret}", "{phone}"];
        let path = variables.iter().fold(path, |path, variable| path.replace(variable, "%FF"));
        let status = match route.needs_key() {
            false => crate::target::callback_refusal(&route).0,
            // A number that cannot be read is answered 400, in a path as in a query.
            true if route.path.contains("{phone}") => 400,
            true => 404,
        };
        let answer = ask_directly(routes, route.method, &path, key).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
    }
    assert_eq!(world.everything_stored().await, stored);
}
