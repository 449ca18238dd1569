//! Requests: every answer has the contract's form, and none is a 500.

use std::collections::BTreeSet;

use fuzzing::{Input, inputs, play};
use http::{HeaderValue, Uri};
use proptest::{
    prelude::{Just, Strategy, prop_assert},
    sample::select,
};
use serde_json::json;
use tests::routes::{shape, table};

use crate::system::{CALLBACK_SECRET, CANARIES, FuzzRequest, FuzzedSystem, africastalking, secret};

const CASES: u32 = 50;
const JSON: &str = "application/json";
const CSV: &str = "text/csv";
const FORM: &str = "application/x-www-form-urlencoded";

/// A time in the future of the system.
const SCHEDULED_AT: &str = "2026-11-23T20:13:27+03:00";

/// An endpoint that takes a body, with bodies that it takes. A path's `{b}`, and a body's, is the book, `{c}`
/// a contact of it, `{n}` a campaign.
#[derive(Clone, Debug)]
struct Endpoint {
    method: &'static str,
    path: String,
    kind: &'static str,
    bodies: Vec<String>,
}

fn endpoints() -> Vec<Endpoint> {
    let [phone, name, note] = CANARIES;
    let of = |method, path: &str, kind, bodies: &[String]| Endpoint {
        method,
        path: path.to_owned(),
        kind,
        bodies: bodies.to_vec(),
    };
    let text = |value: serde_json::Value| value.to_string();
    let send = json!({
        "group_ids": ["{b}"], "message": format!("Hello {name} in {note}!"), "sender_id": "TALKNTALK",
        "scheduled_at": SCHEDULED_AT, "max_cost": "10.00", "allow_duplicate": true, "dry_run": true,
    });
    let resend = json!({
        "statuses": ["failed", "unconfirmed"], "may_repeat": true, "message": format!("Hello {name} in {note}!"),
        "sender_id": "TALKNTALK", "scheduled_at": SCHEDULED_AT, "max_cost": "10.00", "allow_duplicate": true,
        "dry_run": true,
    });
    let contact = json!({"phone": format!("+{phone}"), "first_name": name, "last_name": "N", "name": name,
        "email": "w@example.com", "notes": note});
    let change = json!({"phone": format!("+{phone}"), "first_name": name, "last_name": null, "email": "", "notes": note});
    let named = json!({"name": name, "description": note});
    let phones =
        [text(json!({"phone": format!("+{phone}")})), text(json!({"phones": [phone, "0712345678"]}))];
    let campaign = [text(json!({"campaign_id": 1})), text(json!({"campaign_id": 2, "status": "delivered"}))];
    let callback = format!(
        "id=ATXid_1&status=Success&phoneNumber=%2B{phone}&networkCode=63902&failureReason={name}&senderId=TALKNTALK"
    );
    let report = json!({"reference": "3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.1.0.0", "id": name, "status": "delivered",
        "code": null, "network": phone});
    vec![
        of("POST", "/v1/sms/send-group/", JSON, &[text(send)]),
        of("POST", "/v1/sms/campaigns/status/", JSON, &campaign),
        of("POST", "/v1/sms/campaigns/messages/", JSON, &campaign),
        of("POST", "/v1/sms/campaigns/{n}/cancel/", JSON, &["{}".to_owned()]),
        of("POST", "/v1/sms/campaigns/{n}/resend/", JSON, &[text(resend)]),
        of("POST", "/v1/sms/campaigns/{n}/reschedule/", JSON, &[text(json!({"scheduled_at": SCHEDULED_AT}))]),
        of("POST", "/v1/address-books/", JSON, &[text(named.clone())]),
        of("PATCH", "/v1/address-books/{b}/", JSON, &[text(named)]),
        of("POST", "/v1/address-books/contacts/", JSON, &[text(json!({"id": "{b}"}))]),
        of(
            "POST",
            "/v1/address-books/{b}/contacts/",
            JSON,
            &[text(json!([contact, {"phone": 254_712_345_678u64}]))],
        ),
        of(
            "POST",
            "/v1/address-books/{b}/contacts/",
            CSV,
            &[
                format!("phone,first_name,notes\n+{phone},{name},\"{note},\nor so\"\n0712345678,,\n"),
                format!("\u{feff}Mobile,NAME,e-mail\r\n0{},{name},\r\n", &phone[3..]),
            ],
        ),
        of("PATCH", "/v1/address-books/{b}/contacts/{c}/", JSON, &[text(change)]),
        of("POST", "/v1/opt-outs/", JSON, &phones),
        of("POST", "/v1/opt-outs/", CSV, &[format!("phone,source\n+{phone},network\n0712345678,\n")]),
        of("DELETE", "/v1/opt-outs/", JSON, &phones),
        of("POST", &africastalking("receipts"), FORM, std::slice::from_ref(&callback)),
        of("GET", &africastalking("receipts"), FORM, std::slice::from_ref(&callback)),
        of("POST", &africastalking("opt-outs"), FORM, &[callback]),
        of("GET", "/v1/providers/sandbox/receipts/", JSON, &[text(json!({"reports": [report.clone()]}))]),
        of("POST", "/v1/providers/sandbox/receipts/", JSON, &[text(json!({"reports": [report]}))]),
    ]
}

#[test]
fn every_endpoint_that_reads_a_body_is_fuzzed() {
    let callbacks = ["africastalking/receipts", "africastalking/opt-outs", "sandbox/receipts"];
    let pattern = |path: &str| {
        let path = path.replace(CALLBACK_SECRET, "{secret}");
        callbacks.iter().fold(path, |path, callback| path.replace(callback, "{account}/{event}"))
    };
    let asked: BTreeSet<_> =
        endpoints().iter().map(|asked| (asked.method.to_owned(), shape(&pattern(&asked.path)))).collect();
    for (_, route) in table().into_iter().filter(|(_, route)| route.body.is_some()) {
        assert!(asked.contains(&(route.method.to_string(), shape(route.path))), "{route:?}");
    }
}

/// An endpoint of a system, and a body for it.
fn bodies(system: &FuzzedSystem) -> impl Strategy<Value = (Endpoint, Input)> {
    let endpoints: Vec<Endpoint> = endpoints()
        .into_iter()
        .map(|endpoint| Endpoint {
            path: endpoint
                .path
                .replace("{b}", &system.book)
                .replace("{c}", &system.contact)
                .replace("{n}", "1"),
            bodies: endpoint.bodies.iter().map(|body| body.replace("{b}", &system.book)).collect(),
            ..endpoint
        })
        .collect();
    select(endpoints).prop_flat_map(|endpoint| {
        let bodies = endpoint.bodies.iter().map(|body| body.clone().into_bytes()).collect();
        (Just(endpoint), inputs(bodies))
    })
}

#[test]
fn no_body_is_answered_with_a_500() {
    let system = FuzzedSystem::new();
    play(CASES, &bodies(&system), |(Endpoint { method, path, kind, .. }, Input(body))| {
        let signature = secret().sign(&body);
        let headers = vec![("content-type", kind.to_owned()), ("x-sandbox-signature", signature)];
        let (status, answer) = system.ask(&FuzzRequest { method, path, headers, body });
        prop_assert!(!status.is_server_error(), "{status}: {answer}");
        Ok(())
    });
}

#[test]
fn no_address_query_or_header_is_answered_with_a_500() {
    let system = FuzzedSystem::new();
    let book = &system.book;
    let paths = [
        "/v1/balance/?page=1",
        "/v1/wallet/entries/?page=2&page_size=10",
        "/v1/sms/campaigns/?status=completed&page=1&page_size=50",
        "/v1/sms/campaigns/1/messages/?status=delivered&page=1",
        "/v1/sms/campaigns/1/?page=1",
        &format!("/v1/address-books/{book}/?page=1"),
        &format!("/v1/address-books/{book}/contacts/?page=2&page_size=1"),
        &format!(
            "/v1/address-books/{book}/contacts/?phone=0712345678&cursor=AAAAAg0FBV-mKIwXgEm0tZIDDUi4i_P7Kl0kcerGw-E"
        ),
        &format!("/v1/address-books/{book}/contacts/{}/", system.contact),
        "/v1/contacts/?phone=%2B254712345678&page=1",
        "/v1/opt-outs/?page=1&page_size=2",
        "/v1/opt-outs/+254712345678/",
        "/v1/providers/africastalking/receipts/0123456789abcdef/",
    ];
    let words = ["key-1", "text/csv, application/json;q=0.5", "*/*", "\"etag\"", "Bearer tk_live_X95Y"];
    let seeds = |texts: &[&str]| inputs(texts.iter().map(|text| text.as_bytes().to_vec()).collect());
    let names = ["idempotency-key", "accept", "authorization", "if-none-match", "content-type"];
    let asked = (seeds(&paths), seeds(&words), select(names.to_vec()), select(vec!["GET", "POST", "DELETE"]));
    play(CASES, &asked, |(Input(path), Input(word), name, method)| {
        let (Ok(uri), Ok(word)) = (Uri::try_from(path), HeaderValue::from_bytes(&word)) else {
            return Ok(());
        };
        let Ok(word) = word.to_str() else { return Ok(()) };
        if !uri.path().starts_with('/') {
            return Ok(());
        }
        let headers = vec![(name, word.to_owned())];
        let (status, answer) =
            system.ask(&FuzzRequest { method, path: uri.to_string(), headers, body: b"{}".to_vec() });
        prop_assert!(!status.is_server_error(), "{status}: {answer}");
        Ok(())
    });
}
