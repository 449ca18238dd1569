//! Requests as API Gateway passes them, through the whole function, over an embedded DynamoDB.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{net::TcpListener, thread};

use domain::{
    api_key::{ApiKey, KeyMode, KeyRecord},
    ids::{KeyId, OrganisationId},
    money::Currency,
    organisation::{DEFAULT_RATE_LIMIT, NotMobile, Organisation},
    scope::{Scope, Scopes},
    sender_id::SenderId,
    tariff::Tariff,
    timestamp::{Offset, Timestamp},
};
use http_body_util::BodyExt;
use lambda_http::Body;
use platform::{
    aws::AwsSettings,
    clock::Clock,
    http::{HttpClient, Roots},
};
use serde_json::{Value, json};
use stores::{DynamoDb, Stores, TableNames, schema};
use tower::ServiceExt;
use web::Backend;

const START: Timestamp = Timestamp::from_secs(1_795_454_007);

/// The function, and an organisation's key to it.
struct Api {
    backend: Backend,
    key: String,
}

impl Api {
    async fn start(scopes: Scopes) -> Self {
        let http = HttpClient::new(Roots::Amazon).unwrap();
        let dynamodb = DynamoDb::connect(&AwsSettings::emulator(&emulator()), &http);
        let names = TableNames::with_prefix("test-");
        schema::create(&dynamodb, &names).await.unwrap();
        let backend = Backend { stores: Stores::new(&dynamodb, &names), clock: Clock::manual(START) };
        let organisation = organisation();
        let created = backend.stores.accounts.organisations.create(&organisation).await.unwrap();
        assert_eq!(created, stores::Creation::Created);
        let key = ApiKey::generate(KeyMode::Live, &platform::random::bytes().unwrap());
        let id = KeyId(uuid::Uuid::from_u128(1));
        let record = KeyRecord { scopes, ..KeyRecord::new(&key, id, organisation.id, "test", START) };
        backend.stores.accounts.api_keys.issue(&key, &record).await.unwrap();
        Self { backend, key: key.reveal().to_owned() }
    }

    /// Sends a request; `kind` is its media type.
    async fn send(&self, method: &str, path: &str, kind: &str, body: impl Into<Body>) -> (u16, Value) {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("https://sms.example{path}"))
            .header("authorization", format!("Bearer {}", self.key))
            .header("content-type", kind)
            .header("idempotency-key", format!("{method}{path}").replace(' ', ""))
            .body(body.into())
            .unwrap();
        let response = web::service(books::routes(&self.backend)).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn json(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.send(method, path, "application/json", body.to_string()).await
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.send("GET", path, "application/json", "").await
    }
}

fn organisation() -> Organisation {
    let sender = SenderId::parse("TALKNTALK").unwrap();
    Organisation {
        id: OrganisationId(uuid::Uuid::from_u128(7)),
        name: "Talk".to_owned(),
        slug: "talk".to_owned(),
        currency: Currency::KES,
        home_country: "KE".to_owned(),
        offset: Offset::EAST_AFRICA,
        default_sender: sender.clone(),
        senders: vec![sender],
        tariff: Tariff::new(Vec::new()).unwrap(),
        rate_limit: DEFAULT_RATE_LIMIT,
        daily_spend_cap: None,
        daily_test_recipients: 10_000,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    }
}

/// Starts an emulator on its own thread, as it calls SQLite in its tasks.
fn emulator() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let database = dynoxide::Database::memory().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            dynoxide::server::serve_on(listener, database).await;
        });
    });
    format!("http://{address}")
}

#[tokio::test]
async fn a_book_is_created_filled_listed_and_deleted() {
    let api = Api::start(Scopes::all()).await;
    let (status, book) =
        api.json("POST", "/v1/address-books/", json!({"name": " VIP ", "description": "Best"})).await;
    assert_eq!((status, &book["name"], &book["contact_count"]), (201, &json!("VIP"), &json!(0)));
    assert_eq!(book["created_at"], "2026-11-23T20:13:27+03:00");
    let id = book["id"].as_str().unwrap();
    let path = format!("/v1/address-books/{id}/");

    let csv = "Mobile,Name\n0712345678,Wanjiru Kamau\nabc,X\n00254712345678,Wanjiru K\n,Baraka\n";
    let (status, report) =
        api.send("POST", &format!("{path}contacts/"), "text/csv; charset=utf-8", csv).await;
    assert_eq!(status, 200);
    let invalid = json!([{"row": 2, "line": 3, "phone": "abc", "reason": "words, not a phone number"}]);
    let columns = json!({"phone": ["Mobile"], "country_code": [], "first_name": [], "last_name": [], "name": ["Name"],
                         "email": [], "notes": []});
    assert_eq!(
        report,
        json!({"received": 4, "added": 2, "updated": 0, "unchanged": 0, "duplicates": 1,
               "invalid_count": 1, "invalid": invalid, "notes_cut": 0, "columns": columns, "ignored_columns": [],
               "header_line": 1, "not_mobile": 0, "country": "KE", "test": false})
    );

    let (status, page) = api.json("POST", "/v1/address-books/contacts/?page_size=1", json!({"id": id})).await;
    assert_eq!((status, &page["total"], &page["total_pages"]), (200, &json!(2), &json!(2)));
    assert_eq!(page["address_book"], json!({"id": id, "name": "VIP"}));
    let next = page["next"].as_str().unwrap().strip_prefix("https://sms.example").unwrap();
    assert!(next.starts_with("/v1/address-books/contacts/?page_size=1&cursor="), "{next}");
    let (status, last) = api.json("POST", next, json!({"id": id})).await;
    assert_eq!((status, &last["page"], &last["next"]), (200, &json!(2), &Value::Null));
    assert_ne!(last["results"][0]["id"], page["results"][0]["id"]);
    let (status, _) = api.get(&next.replace("/contacts/", &format!("/{id}/contacts/"))).await;
    assert_eq!(status, 200, "the same list");
    let (_, page) = api.get(&format!("{path}contacts/")).await;
    let mut phones: Vec<&Value> = page["results"].as_array().unwrap().iter().map(|c| &c["phone"]).collect();
    phones.sort_by_key(|phone| phone.is_null());
    assert_eq!(phones, [&json!("+254712345678"), &Value::Null]);

    let contact = page["results"][0]["id"].as_str().unwrap();
    let (status, shown) = api.get(&format!("{path}contacts/{contact}/")).await;
    assert_eq!((status, &shown), (200, &page["results"][0]));
    assert_eq!(api.send("DELETE", &format!("{path}contacts/{contact}/"), "", "").await.0, 204);
    assert_eq!(api.send("DELETE", &format!("{path}contacts/{contact}/"), "", "").await.0, 404);
    let (status, book) = api.json("PATCH", &path, json!({"name": "Best"})).await;
    assert_eq!((status, &book["name"], &book["contact_count"]), (200, &json!("Best"), &json!(1)));
    assert_eq!(book["description"], "Best");
    assert_eq!(api.get("/v1/address-books").await.1["results"][0]["id"], id);
    assert_eq!(api.send("DELETE", &path, "", "").await.0, 204);
    let (status, gone) = api.get(&path).await;
    assert_eq!((status, &gone["code"]), (404, &json!("address_book_not_found")));
}

#[tokio::test]
async fn opt_outs_are_added_listed_and_removed() {
    let api = Api::start(Scopes::all()).await;
    let (status, added) = api.json("POST", "/v1/opt-outs/", json!({"phones": ["0712345678", "x"]})).await;
    assert_eq!((status, &added["added"], &added["invalid_count"]), (200, &json!(1), &json!(1)));
    assert_eq!(
        api.get("/v1/opt-outs/").await.1["results"],
        json!([{"phone": "+254712345678", "source": "organisation", "sender_id": null,
                "created_at": "2026-11-23T20:13:27+03:00"}])
    );
    let (status, removed) = api.json("DELETE", "/v1/opt-outs/", json!({"phone": "0712345678"})).await;
    assert_eq!((status, &removed["removed"]), (200, &json!(1)));
    assert_eq!(api.get("/v1/opt-outs/").await.1["total"], 0);
}

#[tokio::test]
async fn an_import_that_cannot_be_read_is_refused_with_its_reason() {
    let api = Api::start(Scopes::all()).await;
    let contacts = "/v1/address-books/3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f/contacts/";
    assert_eq!(api.send("POST", contacts, "image/png", "phone\n1").await.0, 415);
    assert_eq!(api.send("POST", contacts, "text/csv", vec![b'x'; 5 * 1024 * 1024 + 1]).await.0, 413);
    assert_eq!(api.send("POST", contacts, "text/csv", "phone\n0712345678").await.0, 404);
    assert_eq!(api.get("/v1/address-books/not-a-uuid/").await.0, 404);
    assert_eq!(api.get("/v1/address-books/contacts/").await.0, 405);
    assert_eq!(api.get("/v1/address-books/?page=0").await.0, 400);
    let reader = Api::start([Scope::ReadBooks].into()).await;
    assert_eq!(reader.json("POST", "/v1/address-books/", json!({"name": "VIP"})).await.0, 403);
}
