//! Invalid bodies and pages on every endpoint that takes some: 400 in the contract's form with the invalid field, and
//! nothing is written. Of several cases of one rule, the default run tries one on each endpoint, in turn; `EVERY=points`
//! tries each.

use std::collections::BTreeSet;

use http::Method;
use serde_json::{Value, json};
use tests::{
    Untouched, client,
    every::in_turn,
    routes::{shape, table},
};
use web::{Route, routes::JSON};

/// Every endpoint that takes a JSON object, with one that it takes.
const OBJECTS: [(&str, &str, &str); 10] = [
    ("POST", "/v1/address-books/", r#""name":"New""#),
    ("PATCH", "/v1/address-books/{b}/", r#""name":"New""#),
    ("POST", "/v1/address-books/contacts/", r#""id":"{b}""#),
    ("PATCH", "/v1/address-books/{b}/contacts/{c}/", r#""notes":"New""#),
    ("POST", "/v1/opt-outs/", r#""phone":"0712345678""#),
    ("DELETE", "/v1/opt-outs/", r#""phone":"0712345678""#),
    ("POST", "/v1/sms/campaigns/status/", r#""campaign_id":1"#),
    ("POST", "/v1/sms/campaigns/messages/", r#""campaign_id":1"#),
    ("POST", "/v1/sms/campaigns/1/resend/", r#""message":"New""#),
    ("POST", "/v1/sms/campaigns/1/reschedule/", r#""scheduled_at":"2027-01-31T08:00:00+03:00""#),
];

/// The endpoint that takes an array.
const IMPORT: &str = "/v1/address-books/{book}/contacts";

/// `bad_input` has the bodies of a send.
#[test]
fn every_endpoint_that_takes_an_object_is_tested_with_bad_ones() {
    let send = ("POST".to_owned(), "/v1/sms/send-group".to_owned());
    let tested =
        OBJECTS.map(|(method, path, _)| (method.to_owned(), shape(&path.replace("/1/", "/{campaign}/"))));
    let takes_json = |route: &Route| route.body.is_some_and(|body| body.media_types.contains(&JSON));
    let takes_an_object = |route: &Route| route.needs_key() && route.path != IMPORT && takes_json(route);
    let table = table().into_iter().map(|(_, route)| route).filter(takes_an_object);
    let table: BTreeSet<_> = table.map(|route| (route.method.to_string(), shape(route.path))).collect();
    assert_eq!(tested.into_iter().chain([send]).collect::<BTreeSet<_>>(), table);
}

#[tokio::test]
async fn a_body_that_is_not_an_object_or_has_unknown_fields_is_refused() {
    let test = Untouched::start().await;
    let malformed = [&b""[..], b"{", b"{\"a\":\0}", br#"{"a":"\ud800"}"#, b"{\"a\":\xff}"];
    for (place, (method, path, field)) in OBJECTS.into_iter().enumerate() {
        let name = field.split('"').nth(1).unwrap();
        for body in in_turn("points", place, &malformed) {
            test.call(method, path, "application/json", *body).await.refused(400, "malformed_json");
        }
        let wrong = [
            ("[]".to_owned(), "body"),
            ("7".to_owned(), "body"),
            (format!("{{{field},\"colour\":1}}"), "colour"),
            (format!("{{{field},{field}}}"), name),
            (format!("{{\"{name}\":{{}}}}"), name),
        ];
        for (body, wrong) in in_turn("points", place, &wrong) {
            let body = body.replace("{b}", &test.book);
            let answer = test.call(method, path, "application/json", body.clone()).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.bad_fields(), [*wrong], "{method} {path} {body}");
        }
        test.call(method, path, "image/png", "{}").await.refused(415, "unsupported_media_type");
    }
    test.nothing_was_written().await;
}

#[tokio::test]
async fn fields_of_a_wrong_kind_are_named_together() {
    let test = Untouched::start().await;
    let long = "x".repeat(1_001);
    let cases: [(&str, &str, Value, &[&str]); 11] = [
        ("POST", "/v1/address-books/", json!({}), &["name"]),
        ("POST", "/v1/address-books/", json!({"name": "", "description": long}), &["name", "description"]),
        (
            "PATCH",
            "/v1/address-books/{b}/",
            json!({"name": null, "description": 7}),
            &["name", "description"],
        ),
        ("POST", "/v1/address-books/contacts/", json!({"id": "premium"}), &["id"]),
        ("POST", "/v1/opt-outs/", json!({}), &["phones"]),
        ("POST", "/v1/opt-outs/", json!({"colour": 1}), &["phones", "colour"]),
        ("POST", "/v1/opt-outs/", json!({"phone": "abc"}), &["phone"]),
        ("DELETE", "/v1/opt-outs/", json!({"phone": "0712345678", "phones": []}), &["phone"]),
        (
            "POST",
            "/v1/sms/campaigns/messages/",
            json!({"campaign_id": 0, "status": "lost"}),
            &["campaign_id", "status"],
        ),
        (
            "POST",
            "/v1/sms/campaigns/messages/?page=0&page_size=x",
            json!({"campaign_id": 0}),
            &["page", "page_size", "campaign_id"],
        ),
        ("POST", "/v1/address-books/contacts/?page=0", json!({"id": 7}), &["page", "id"]),
    ];
    for (method, path, body, wrong) in cases {
        let answer = test.call(method, path, "application/json", body.to_string()).await;
        answer.refused(400, "invalid_request");
        assert_eq!(answer.bad_fields(), wrong, "{method} {path} {body}");
    }
    test.nothing_was_written().await;
}

#[tokio::test]
async fn an_import_that_cannot_be_read_stores_no_row_of_it() {
    let test = Untouched::start().await;
    let contacts = "/v1/address-books/{b}/contacts/";
    let cases: [(&str, &str, &str, &[&str]); 10] = [
        ("application/json", "{}", "invalid_request", &["body"]),
        ("application/json", "[{\"phone\":\"0712345678\"},", "malformed_json", &[]),
        ("application/json", "[{\"phone\":\"0712345678\",\"colour\":1}]", "invalid_request", &["[0].colour"]),
        (
            "application/json",
            "[{\"phone\":\"0712345678\",\"phone\":\"0712345679\"}]",
            "invalid_request",
            &["[0].phone"],
        ),
        ("text/csv", "", "invalid_request", &["body"]),
        ("text/csv", "0712345678\n0712345679\n", "invalid_request", &["header"]),
        ("text/csv", "colour,size\nred,7\n", "invalid_request", &["header"]),
        (
            "text/csv",
            "Wanjiru,wanjiru@example.com\nOtieno,otieno@example.com\n",
            "invalid_request",
            &["header"],
        ),
        ("text/csv", "phone,notes\n0712345678,\"x\n0733123456,y\n", "malformed_csv", &[]),
        ("text/csv", "phone,name\n0712345678,Wanjir\u{fffd}\n", "malformed_csv", &[]),
    ];
    for (kind, body, code, wrong) in cases {
        let answer = test.call("POST", contacts, kind, body).await;
        answer.refused(400, code);
        if !wrong.is_empty() {
            assert_eq!(answer.bad_fields(), wrong, "{body}");
        }
    }
    test.nothing_was_written().await;
}

#[tokio::test]
async fn pages_that_cannot_be_are_refused_everywhere() {
    let test = Untouched::start().await;
    let lists = [
        ("GET", "/v1/address-books/{b}/contacts/", "", "*/*", 500),
        ("POST", "/v1/address-books/contacts/", r#"{"id":"{b}"}"#, "*/*", 500),
        ("GET", "/v1/address-books/{b}/contacts/", "", "text/csv", 833),
        ("POST", "/v1/address-books/contacts/", r#"{"id":"{b}"}"#, "text/csv", 833),
        ("GET", "/v1/opt-outs/", "", "*/*", 500),
        ("GET", "/v1/opt-outs/", "", "text/csv", 5_000),
        ("GET", "/v1/wallet/statement/", "", "*/*", 500),
        ("GET", "/v1/wallet/statement/", "", "text/csv", 2_500),
        ("GET", "/v1/sms/campaigns/1/messages/", "", "*/*", 500),
        ("POST", "/v1/sms/campaigns/messages/", r#"{"campaign_id":1}"#, "*/*", 500),
        ("GET", "/v1/sms/campaigns/1/messages/", "", "text/csv", 5_000),
        ("POST", "/v1/sms/campaigns/messages/", r#"{"campaign_id":1}"#, "text/csv", 5_000),
    ];
    for (place, (method, path, body, accept, most_rows)) in lists.into_iter().enumerate() {
        let headers = [client::JSON[0], ("accept", accept)];
        let ask = async |query: &str| {
            let (path, body) = (path.replace("{b}", &test.book), body.replace("{b}", &test.book));
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            test.world.api.call(method, &format!("{path}?{query}"), &headers, body).await
        };
        let too_large = format!("page_size={}", most_rows + 1);
        let wrong =
            ["page=0", "page=-3", "page=x", "page=99999999999999999999", "page=1&page=2", "page_size=0"];
        for query in in_turn("points", place, &wrong).iter().chain([&&*too_large]) {
            let answer = ask(query).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.bad_fields(), [query.split('=').next().unwrap()], "{method} {path}?{query}");
        }
        let far = ask("page=4000000000").await;
        assert_eq!(far.status.as_u16(), 200, "{}", far.text());
        match accept {
            "text/csv" => assert_eq!(far.text().lines().count(), 1, "the header alone"),
            _ => assert_eq!(far.json()["results"], json!([])),
        }
    }
    test.nothing_was_written().await;
}
