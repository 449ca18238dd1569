//! Address books, their contacts, and imports of both forms.

use std::{future::pending, sync::Arc};

use axum::{Router, body::Bytes, extract::State, routing::post};
use http::{Method, StatusCode};
use lambda_emulator::{
    Invoke,
    front::{Front, Routes},
};
use providers::sandbox;
use serde_json::{Value, json};
use tests::{World, client::Client, fixture, phones};
use tokio::net::TcpListener;

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn importing_the_fixture_books_gives_the_expected_counts_and_each_recipient_is_reached_once() {
    let world = World::start().await;
    world.give_money("extra", 200_000_000).await;
    let expected: serde_json::Value = serde_json::from_str(&fixture("contacts/expected.json")).unwrap();
    let mut books = Vec::new();
    for name in ["premium_customers", "newsletter_subscribers"] {
        let id = world.book(name, &[]).await;
        let csv = fixture(&format!("contacts/{name}.csv"));
        let path = format!("/v1/address-books/{id}/contacts/");
        let found = world.api.post_csv(&path, csv.clone()).await.expect(200);
        assert_eq!(found["received"], expected[name]["rows"]);
        assert_eq!(found["invalid_count"], expected[name]["invalid_phone"]);
        if books.is_empty() {
            let again = world.api.post_csv(&path, csv).await.expect(200);
            assert_eq!(again["added"], 0, "repeating a request changes nothing");
        }
        let dry = json!({"group_ids": [id], "message": "Hi", "dry_run": true});
        let send = world.api.post("/v1/sms/send-group/", &dry).await.expect(200);
        assert_eq!(send["recipients_count"], expected[name]["unique_phones"]);
        let book = world.api.get(&format!("/v1/address-books/{id}/")).await.expect(200);
        assert_eq!(book["contact_count"].as_u64().unwrap(), {
            let phones = expected[name]["unique_phones"].as_u64().unwrap();
            phones + send["skipped"]["no_phone"].as_u64().unwrap()
        });
        books.push(id);
    }
    let accepted = world.send(&[&books[0], &books[1]]).await;
    assert_eq!(accepted["recipients_count"], expected["both"]["unique_phones"]);
    assert_eq!(accepted["skipped"]["duplicate"], 339);
    assert_eq!(accepted["group_names"], json!(["premium_customers", "newsletter_subscribers"]));
    world.drain().await;
    let inbox = world.inbox();
    assert_eq!((inbox.messages, inbox.numbers, inbox.repeated), (2_164, 2_164, 0));
    let status = world.status(1).await;
    assert_eq!((&status["status"], &status["sent_count"]), (&json!("completed"), &json!(2_164)));
    assert_eq!(status["delivery_rate"], 100.0);
    assert_eq!(status["charged"], accepted["estimated_cost"]);
    assert_eq!(status["refunded"], "KES 0.00");
}

#[tokio::test]
async fn a_book_is_created_renamed_and_deleted() {
    let world = World::start().await;
    let created = world
        .api
        .post("/v1/address-books/", &json!({"name": "Members", "description": "2026"}))
        .await
        .expect(201);
    let path = format!("/v1/address-books/{}/", created["id"].as_str().unwrap());
    assert_eq!((&created["contact_count"], &created["description"]), (&json!(0), &json!("2026")));
    let patch = [("content-type", "application/json")];
    let renamed = world.api.call(Method::PATCH, &path, &patch, r#"{"name":"Everybody"}"#).await.expect(200);
    assert_eq!((&renamed["name"], &renamed["description"]), (&json!("Everybody"), &json!("2026")));
    let nameless = world.api.call(Method::PATCH, &path, &patch, r#"{"name":null}"#).await;
    nameless.refused(400, "invalid_request");
    assert_eq!(nameless.json()["errors"][0]["field"], "name");
    let cleared = world.api.call(Method::PATCH, &path, &patch, r#"{"description":null}"#).await.expect(200);
    assert_eq!((&cleared["name"], &cleared["description"]), (&json!("Everybody"), &json!("")));
    let listed = world.api.get("/v1/address-books/").await.expect(200);
    assert_eq!((&listed["total"], &listed["results"][0]["name"]), (&json!(1), &json!("Everybody")));
    assert!(world.api.delete(&path, None).await.status.is_success());
    world.api.get(&path).await.refused(404, "address_book_not_found");
    assert_eq!(world.api.get("/v1/address-books/").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn a_deleted_book_is_unknown_at_once_and_its_contacts_are_removed_later() {
    let world = World::start().await;
    let book = world.book("Members", &phones(0..120)).await;
    let path = format!("/v1/address-books/{book}/");
    let stored = world.everything_stored().await;
    assert!(stored.contains(&format!("BOOK#{}#{book}", world.organisation.id)));
    assert_eq!(world.api.delete(&path, None).await.status.as_u16(), 204);
    for path in
        [path.clone(), format!("{path}contacts/"), format!("{path}contacts/?phone={}", phones(0..1)[0])]
    {
        world.api.get(&path).await.refused(404, "address_book_not_found");
    }
    world.api.delete(&path, None).await.refused(404, "address_book_not_found");
    world.api.patch(&path, &json!({"name": "Back"})).await.refused(404, "address_book_not_found");
    let import = world.api.post_csv(&format!("{path}contacts/"), "phone\n0712345678\n").await;
    import.refused(404, "address_book_not_found");
    let send = json!({"group_ids": [book], "message": "Hello!"});
    world.api.post("/v1/sms/send-group/", &send).await.refused(404, "address_book_not_found");
    let found = world.api.get(&format!("/v1/contacts/?phone={}", phones(0..1)[0])).await.expect(200);
    assert_eq!(found["total"], 0);
    let same_name = world.api.post("/v1/address-books/", &json!({"name": "Members"})).await.expect(201);
    let listed = world.api.get("/v1/address-books/").await.expect(200);
    assert_eq!((&listed["total"], &listed["results"][0]["id"]), (&json!(1), &same_name["id"]));
    world.audit().await;
    assert!(world.everything_stored().await.contains(&book), "no request removes its items");
    world.tick().await;
    // The marker of its edits stays until its time is over.
    world.clock().advance(domain::timestamp::Millis::from_mins(11));
    world.tick().await;
    assert!(!world.everything_stored().await.contains(&book), "the clock does");
    world.audit().await;
}

#[tokio::test]
async fn lists_of_books_have_the_documented_envelope() {
    let world = World::start().await;
    for n in 0..5 {
        world.book(&format!("Book {n}"), &[]).await;
    }
    let page = world.api.get("/v1/address-books/?page=2&page_size=2").await.expect(200);
    assert_eq!(
        (&page["total"], &page["page"], &page["page_size"], &page["total_pages"]),
        (&json!(5), &json!(2), &json!(2), &json!(3))
    );
    let base = world.stack.base_url();
    let next = page["next"].as_str().unwrap();
    assert!(next.starts_with(&format!("{base}/v1/address-books/?page_size=2&cursor=")), "{next}");
    assert_eq!(page["previous"], format!("{base}/v1/address-books/?page_size=2&page=1"));
}

#[tokio::test]
async fn imported_numbers_are_read_in_every_form_and_identify_the_contact_to_update() {
    let world = World::start().await;
    let id = world.book("Book", &[]).await;
    let path = format!("/v1/address-books/{id}/contacts/");
    let contacts = json!([
        {"first_name": "Wanjiru", "phone": "0712345678"},
        {"first_name": "Otieno", "phone": "00254 722 000 111", "email": "otieno@example.com"},
        {"first_name": "Nobody", "phone": "12"},
        {"first_name": "Wanjiru", "last_name": "Mwangi", "phone": "+254712345678"},
    ]);
    let found = world.api.post(&path, &contacts).await.expect(200);
    assert_eq!(
        (&found["received"], &found["added"], &found["duplicates"]),
        (&json!(4), &json!(2), &json!(1))
    );
    assert_eq!((&found["invalid_count"], &found["invalid"][0]["row"]), (&json!(1), &json!(3)));
    let by_body = world.api.post("/v1/address-books/contacts/", &json!({"id": id})).await.expect(200);
    let by_path = world.api.get(&path).await.expect(200);
    assert_eq!(by_body["results"], by_path["results"]);
    assert_eq!(by_body["address_book"], json!({"id": id, "name": "Book"}));
    assert_eq!(by_path["total"], 2);
    let wanjiru =
        by_path["results"].as_array().unwrap().iter().find(|c| c["first_name"] == "Wanjiru").unwrap();
    assert_eq!((&wanjiru["phone"], &wanjiru["last_name"]), (&json!("+254712345678"), &json!("Mwangi")));
    let contact = wanjiru["id"].as_str().unwrap();
    assert!(world.api.delete(&format!("{path}{contact}/"), None).await.status.is_success());
    assert_eq!(world.api.get(&path).await.expect(200)["total"], 1);
    assert_eq!(world.send(&[&id]).await["recipients_count"], 1);
}

#[tokio::test]
async fn every_page_of_a_books_contacts_makes_up_the_book() {
    let world = World::start().await;
    let numbers = phones(0..330);
    let id = world.book("Book", &numbers).await;
    let mut seen = std::collections::BTreeSet::new();
    for page in 1..=4 {
        let path = format!("/v1/address-books/{id}/contacts/?page={page}&page_size=100");
        let answer = world.api.get(&path).await.expect(200);
        assert_eq!(answer["total"], 330);
        for contact in answer["results"].as_array().unwrap() {
            assert!(seen.insert(contact["phone"].as_str().unwrap().to_owned()));
        }
    }
    assert_eq!(seen, numbers.into_iter().collect());
}

/// Lambda's `Invoke`, for one function.
async fn invoke(State(books): State<Arc<dyn Invoke>>, event: Bytes) -> Result<Bytes, StatusCode> {
    books.invoke(event).await.map_err(|_| StatusCode::BAD_GATEWAY)
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A world, and the address of an HTTP API of its functions whose `{proxy+}` does not match an empty rest: `api` gets
/// requests that end in the slash before it, and forwards them to `books`.
async fn world_with_sparing_routes() -> (World, String) {
    let (lambda, lambda_url) = listen().await;
    let variables = [("BOOKS_FUNCTION", "stack-books".to_owned()), ("AWS_ENDPOINT_URL_LAMBDA", lambda_url)];
    let world = World::start_over(&sandbox::KIND, variables).await;
    let (api, books) = (world.stack.functions().api(), world.stack.functions().books());
    let invocations = Router::new().route("/2015-03-31/functions/stack-books/invocations", post(invoke));
    tokio::spawn(async move { axum::serve(lambda, invocations.with_state(books)).await });
    let mut routes = Routes::new().route("/", api.clone());
    for path in ["/v1/address-books", "/v1/contacts", "/v1/opt-outs"] {
        routes = routes.route(path, world.stack.functions().books()).exact(&format!("{path}/"), api.clone());
    }
    let (front, url) = listen().await;
    tokio::spawn(Front::new(routes).serve(front, pending()));
    (world, url)
}

#[tokio::test]
async fn the_path_of_the_reference_reaches_books_whether_or_not_a_greedy_route_takes_it() {
    let (world, sparing) = world_with_sparing_routes().await;
    let mut created = Vec::new();
    for url in [world.stack.base_url(), &sparing] {
        let api = Client::at(&world.stack, url).with_key(world.api.key().unwrap());
        let key = [("idempotency-key", url)];
        let book = api.post_with("/v1/address-books/", &key, &json!({"name": "Members"})).await.expect(201);
        created.push(book["id"].as_str().unwrap().to_owned());
        let twice = api.post_with("/v1/address-books/", &key, &json!({"name": "Members"})).await;
        assert_eq!(twice.header("idempotent-replayed"), Some("true"));
        let rows = format!("/v1/address-books/{}/contacts/", created.last().unwrap());
        api.post_csv(&rows, "phone\n0711500001\n").await.expect(200);
        let out = api.post("/v1/opt-outs/", &json!({"phone": "0711500002"})).await.expect(200);
        assert_eq!(out["received"], 1);
        assert_eq!(api.delete("/v1/opt-outs/", Some(&json!({"phones": ["0711500002"]}))).await.status, 200);
        api.without_key().get("/v1/address-books/").await.refused(401, "not_authenticated");
        api.call(Method::PUT, "/v1/address-books/", &[], "").await.refused(405, "method_not_allowed");
        api.get("/v1/address-books/?page=0").await.refused(400, "invalid_request");
    }
    // The first request of the reference's samples, and the fields of the answer that they use.
    let mut lists = Vec::new();
    for url in [world.stack.base_url(), &sparing] {
        let api = Client::at(&world.stack, url).with_key(world.api.key().unwrap());
        let paths =
            ["/v1/address-books/", "/v1/address-books", "/v1/contacts/?phone=0711500001", "/v1/opt-outs/"];
        let mut answers: Vec<Value> = Vec::new();
        for path in paths {
            answers.push(api.get(path).await.expect(200));
        }
        lists.push(answers);
    }
    assert_eq!(lists[0], lists[1]);
    assert_eq!((&lists[0][0]["total"], &lists[0][2]["total"]), (&json!(2), &json!(2)));
    world.send(&created.iter().map(String::as_str).collect::<Vec<_>>()).await;
}
