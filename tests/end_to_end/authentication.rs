//! Keys: missing, garbled, unknown, revoked, and without the scope.

use domain::scope::Scopes;
use http::Method;
use serde_json::json;
use tests::{World, phones};

#[tokio::test]
async fn a_missing_key_and_a_bad_key_have_the_documented_errors() {
    let world = World::start().await;
    let none = world.api.without_key().get("/v1/balance/").await;
    assert_eq!(none.header("www-authenticate"), Some("Bearer"));
    let detail = none.refused(401, "not_authenticated");
    assert_eq!(detail, "Authentication credentials were not provided.");
    let unknown = format!("tk_live_{}", "a".repeat(32));
    for key in ["tk_live_xxxx", "tk_live_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", &unknown] {
        let answer = world.api.with_key(key).get("/v1/balance/").await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        assert_eq!(answer.refused(401, "invalid_api_key"), "Invalid or revoked API key.");
    }
    let key = world.api.key().unwrap();
    for (name, value, code, part) in [
        ("authorization", "Basic dXNlcjpwYXNz", "invalid_api_key", "the scheme Basic is not read"),
        ("authorization", key, "invalid_api_key", "the word 'Bearer' before"),
        (
            "authorization",
            &format!("Bearer \"{key}\""),
            "invalid_api_key",
            "characters that are not part of it",
        ),
        ("authorization", "Bearer", "invalid_api_key", "no API key after 'Bearer'"),
        ("x-api-key", key, "not_authenticated", "the header x-api-key is not read"),
    ] {
        let answer = world.api.without_key().call(Method::GET, "/v1/balance/", &[(name, value)], "").await;
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        let detail = answer.refused(401, code);
        assert!(detail.contains(part) && !detail.contains(key), "{detail}");
    }
}

#[tokio::test]
async fn a_revoked_key_stops_working_at_once_and_other_keys_still_work() {
    let world = World::start().await;
    let (second, id) = world.issue_key(Scopes::all()).await;
    second.get("/v1/balance/").await.expect(200);
    let keys = &world.stack.stores().accounts.api_keys;
    assert_eq!(keys.revoke(world.organisation.id, id, world.now()).await.unwrap(), stores::Changed::Done);
    second.get("/v1/balance/").await.refused(401, "invalid_api_key");
    world.api.get("/v1/balance/").await.expect(200);
    let listed = keys.list(world.organisation.id).await.unwrap();
    assert_eq!(listed.iter().filter(|key| key.revoked_at.is_some()).count(), 1);
}

#[tokio::test]
async fn an_item_of_another_organisation_is_answered_like_one_that_does_not_exist() {
    let world = World::start().await;
    let book = world.book("Ours", &phones(0..2)).await;
    world.send(&[&book]).await;
    let other = world.other_organisation().await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    other.api.post("/v1/sms/send-group/", &body).await.refused(404, "address_book_not_found");
    for path in [format!("/v1/address-books/{book}/"), "/v1/sms/campaigns/1/".to_owned()] {
        let theirs = other.api.get(&path).await;
        let nobodys = other
            .api
            .get(&path.replace(&book, "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f").replace("/1/", "/9/"))
            .await;
        assert_eq!(theirs.status.as_u16(), 404);
        assert_eq!((theirs.status, &theirs.json()["code"]), (nobodys.status, &nobodys.json()["code"]));
        assert_eq!(theirs.json()["detail"], nobodys.json()["detail"]);
    }
    let books = other.api.get("/v1/address-books/").await.expect(200);
    assert_eq!(books["total"], 0);
}
