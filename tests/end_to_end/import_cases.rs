//! Contact files as people have them, each through HTTP into a book of its own.

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tests::{World, client::Answer, fixture};

#[tokio::test]
async fn every_file_gives_what_is_expected_of_it() {
    let world = World::start_small().await;
    let cases: Value = serde_json::from_str(&fixture("import_cases.json")).unwrap();
    let mut not_right = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        assert_eq!(case["home"], "KE", "the organisation's country");
        let id = case["id"].as_str().unwrap();
        let book = world.book(id, &[]).await;
        if let Err(difference) = judge(&world, &book, case).await {
            println!("{id}: {difference}");
            not_right.push(id);
        }
    }
    assert!(not_right.is_empty(), "{not_right:?}");
}

async fn judge(world: &World, book: &str, case: &Value) -> Result<(), String> {
    let path = format!("/v1/address-books/{book}/contacts/");
    let body = match &case["body_b64"] {
        Value::String(encoded) => BASE64_STANDARD.decode(encoded).unwrap(),
        _ => case["body"].as_str().unwrap().as_bytes().to_vec(),
    };
    let kind = case["content_type"].as_str().unwrap();
    let answer = world.api.call(Method::POST, &path, &[("content-type", kind)], Bytes::from(body)).await;
    let expected = &case["expect"];
    is_status_right(&answer, &expected["status"])?;
    if let Some(word) = expected["must_mention"].as_str()
        && !answer.text().contains(word)
    {
        return Err(format!("{word} is not mentioned in {}", answer.text()));
    }
    if answer.status != 200 {
        return Ok(());
    }
    let invalid = &answer.json()["invalid_count"];
    if !expected["invalid"].is_null() && *invalid != expected["invalid"] {
        return Err(format!("{invalid} invalid in {}", answer.text()));
    }
    let stored = stored(world, &path).await;
    if !expected["phones"].is_null() && json!(stored) != expected["phones"] {
        return Err(format!("{stored:?} stored"));
    }
    Ok(())
}

/// An expectation is a status, two of them, or `400 or invalid>0`.
fn is_status_right(answer: &Answer, expected: &Value) -> Result<(), String> {
    let status = answer.status.as_u16();
    let is_right = match expected {
        Value::String(text) if text.ends_with("invalid>0") => {
            status == 400 || answer.json()["invalid_count"].as_u64().is_some_and(|count| count > 0)
        }
        Value::String(text) => text.split(" or ").any(|either| either == status.to_string()),
        exactly => *exactly == status,
    };
    if is_right { Ok(()) } else { Err(format!("{status}: {}", answer.text())) }
}

async fn stored(world: &World, path: &str) -> Vec<String> {
    let page = world.api.get(path).await.expect(200);
    let contacts = page["results"].as_array().unwrap().iter();
    let mut phones: Vec<String> =
        contacts.filter_map(|contact| contact["phone"].as_str()).map(str::to_owned).collect();
    phones.sort();
    phones
}
