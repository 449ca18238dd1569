//! Every request that writes, with every key that must not: refused in the contract's words, nothing done.

use cli::operator::{NewKey, issue_key};
use domain::{
    api_key::{ApiKey, KeyMode},
    timestamp::Millis,
};
use http::Method;
use stores::accounts::api_keys::Scope;
use tests::{
    World,
    client::{Answer, Client, JSON},
    phones,
};

/// Every request that writes, and the scope that it needs; `{b}` is a book, `{c}` a contact of it.
const WRITES: [(&str, &str, &str, Scope); 11] = [
    ("POST", "/v1/sms/send-group/", r#"{"group_ids":["{b}"],"message":"Hi"}"#, Scope::Send),
    ("POST", "/v1/sms/campaigns/1/cancel/", "", Scope::Send),
    ("POST", "/v1/sms/campaigns/1/pause/", "", Scope::Send),
    ("POST", "/v1/sms/campaigns/1/resume/", "", Scope::Send),
    ("POST", "/v1/address-books/", r#"{"name":"New"}"#, Scope::WriteBooks),
    ("PATCH", "/v1/address-books/{b}/", r#"{"name":"New"}"#, Scope::WriteBooks),
    ("DELETE", "/v1/address-books/{b}/", "", Scope::WriteBooks),
    ("POST", "/v1/address-books/{b}/contacts/", r#"[{"phone":"0712345678"}]"#, Scope::WriteBooks),
    ("DELETE", "/v1/address-books/{b}/contacts/{c}/", "", Scope::WriteBooks),
    ("POST", "/v1/opt-outs/", r#"{"phone":"0712345678"}"#, Scope::WriteBooks),
    ("DELETE", "/v1/opt-outs/", r#"{"phone":"0712345678"}"#, Scope::WriteBooks),
];

/// A world with something to write to: a book, a contact and a campaign.
struct Target {
    world: World,
    book: String,
    contact: String,
}

impl Target {
    async fn start() -> Self {
        let world = World::start().await;
        let book = world.book("Book", &phones(0..2)).await;
        world.send(&[&book]).await;
        let contacts = world.api.get(&format!("/v1/address-books/{book}/contacts/")).await.expect(200);
        let contact = contacts["results"][0]["id"].as_str().unwrap().to_owned();
        Self { world, book, contact }
    }

    async fn write(&self, api: &Client, method: &str, path: &str, body: &str) -> Answer {
        let fill = |text: &str| text.replace("{b}", &self.book).replace("{c}", &self.contact);
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        api.call(method, &fill(path), &JSON, fill(body)).await
    }

    /// Asserts that every write is refused with this key, and that nothing was written.
    async fn refuses(&self, api: &Client, status: u16, code: &str) {
        let before = (self.world.everything_stored().await, self.world.queued_messages().await);
        for (method, path, body, _) in WRITES {
            let answer = self.write(api, method, path, body).await;
            answer.refused(status, code);
            let asks_for_a_key = answer.header("www-authenticate") == Some("Bearer");
            assert_eq!(asks_for_a_key, status == 401, "{method} {path}");
        }
        let after = (self.world.everything_stored().await, self.world.queued_messages().await);
        assert_eq!(after, before, "{code}");
    }
}

#[tokio::test]
async fn no_key_and_keys_that_are_none_write_nothing() {
    let target = Target::start().await;
    let api = &target.world.api;
    target.refuses(&api.without_key(), 401, "not_authenticated").await;
    let never_issued = ApiKey::generate(KeyMode::Live, &[3; 24]);
    let mut mistyped = api.key().unwrap().to_owned();
    let last = if mistyped.pop() == Some('a') { 'b' } else { 'a' };
    mistyped.push(last);
    for key in ["garbled", &mistyped, never_issued.reveal()] {
        target.refuses(&api.with_key(key), 401, "invalid_api_key").await;
    }
}

#[tokio::test]
async fn a_revoked_or_expired_key_writes_nothing() {
    let target = Target::start().await;
    let (world, stores) = (&target.world, target.world.stack.stores());
    let (revoked, id) = world.issue_key(Scope::ALL.to_vec()).await;
    assert!(stores.accounts.api_keys.revoke(world.organisation.id, id, world.now()).await.unwrap());
    target.refuses(&revoked, 401, "invalid_api_key").await;
    let valid_until = Some(world.now().plus(Millis::from_mins(1)));
    let short = NewKey { valid_until, ..NewKey::unrestricted("short") };
    let issued = issue_key(stores, world.organisation.id, short, world.now()).await.unwrap();
    let expiring = world.api.with_key(issued.key.reveal());
    expiring.get("/v1/").await.expect(200);
    world.clock().advance(Millis::from_mins(1));
    target.refuses(&expiring, 401, "invalid_api_key").await;
}

#[tokio::test]
async fn a_key_of_every_other_scope_writes_nothing() {
    let target = Target::start().await;
    for scope in [Scope::Send, Scope::WriteBooks] {
        let others = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let (api, _) = target.world.issue_key(others).await;
        let stored = target.world.everything_stored().await;
        for (method, path, body, _) in WRITES.into_iter().filter(|(.., needed)| *needed == scope) {
            // A body that cannot be read changes nothing about it: what a key may do is judged first.
            for body in [body, "{"] {
                target.write(&api, method, path, body).await.refused(403, "missing_scope");
            }
        }
        assert_eq!(target.world.everything_stored().await, stored, "{scope:?}");
    }
    let (writer, _) = target.world.issue_key(vec![Scope::WriteBooks]).await;
    let contacts = "/v1/address-books/contacts/";
    for body in [r#"{"id":"{b}"}"#, "{", r#"{"id":7}"#] {
        target.write(&writer, "POST", contacts, body).await.refused(403, "missing_scope");
    }
}

#[tokio::test]
async fn over_the_rate_nothing_is_written() {
    let target = Target::start().await;
    target.world.configure(|organisation| organisation.rate_limit = 1).await;
    target.refuses(&target.world.api, 429, "throttled").await;
}
