//! The route table against what is served: every endpoint, with every key that must not work, and with every method,
//! path, media type and size that it does not take.
//!
//! A new endpoint is tested here by being in the table.

use std::collections::{BTreeMap, BTreeSet};

use cli::operator::{NewKey, issue_key};
use domain::{
    api_key::{ApiKey, KeyMode},
    scope::{Scope, Scopes},
    timestamp::Millis,
};
use http::Method;
use tests::{
    World,
    client::{Answer, Client},
    phones,
    routes::table,
};
use web::{Access, Route};

const UNKNOWN_ID: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

/// Entries that need a key.
fn keyed() -> Vec<Route> {
    table().into_iter().map(|(_, route)| route).filter(Route::needs_key).collect()
}

/// A world with a book, a contact and a campaign, for the variables of paths.
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

    /// The path of things that exist.
    fn path(&self, route: &Route) -> String {
        filled(route, &self.book, &self.contact, "1")
    }

    /// Calls an endpoint with a query and a body of a type that it takes.
    async fn ask_with(&self, route: &Route, query: &str, body: &str) -> Answer {
        call(&self.world.api, route, &format!("{}?{query}", self.path(route)), body.to_owned()).await
    }

    /// Calls an endpoint with a body of a type that it takes.
    async fn ask(&self, api: &Client, route: &Route, body: &str) -> Answer {
        call(api, route, &self.path(route), body.to_owned()).await
    }

    /// Asserts that every endpoint that needs a key refuses this one, and that nothing is written or queued.
    async fn refuses(&self, api: &Client, status: u16, code: &str) {
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

fn filled(route: &Route, book: &str, contact: &str, campaign: &str) -> String {
    let path = route.path.replace("{book}", book).replace("{contact}", contact);
    let path = path.replace("{campaign}", campaign).replace("{secret}", "x").replace("{phone}", "x");
    assert!(!path.contains('{'), "the tests do not know the variable of {path}");
    format!("{path}/")
}

async fn call(api: &Client, route: &Route, path: &str, body: String) -> Answer {
    let media_type = route.body.and_then(|limits| limits.media_types.first()).unwrap_or(&"text/plain");
    api.call(route.method.clone(), path, &[("content-type", media_type)], body).await
}

/// The query without which an endpoint answers 400.
fn query(route: &Route) -> &'static str {
    if route.path == "/v1/contacts" { "?phone=0712345678" } else { "" }
}

/// The stable code of an error; empty if the answer is none.
fn code(answer: &Answer) -> String {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn no_endpoint_answers_without_a_key_or_with_one_that_was_never_issued() {
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
async fn no_endpoint_takes_a_revoked_or_expired_key() {
    let target = Target::start().await;
    let (world, stores) = (&target.world, target.world.stack.stores());
    let (revoked, id) = world.issue_key(Scopes::all()).await;
    let changed = stores.accounts.api_keys.revoke(world.organisation.id, id, world.now()).await.unwrap();
    assert_eq!(changed, stores::Changed::Done);
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
async fn every_endpoint_takes_a_key_with_its_scope_alone_and_none_without() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    for scope in Scope::ALL {
        let others = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        let (without, _) = target.world.issue_key(others).await;
        let (alone, _) = target.world.issue_key([scope].into()).await;
        let stored = target.world.everything_stored().await;
        for route in keyed().into_iter().filter(|route| route.access == Access::scope(scope)) {
            // The scope is checked before the body is read.
            for body in ["{}", "{"] {
                target.ask(&without, &route, body).await.refused(403, "missing_scope");
            }
            let path = filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9");
            let answer = call(&alone, &route, &path, "{".to_owned()).await;
            assert!(![401, 403, 429].contains(&answer.status.as_u16()), "{route:?}: {}", answer.text());
        }
        assert_eq!(target.world.everything_stored().await, stored, "{scope:?}");
    }
    assert_ne!(target.world.everything_stored().await, stored, "keys were issued");
}

#[tokio::test]
async fn a_test_key_is_answered_as_a_live_one_wherever_the_table_takes_both() {
    let target = Target::start().await;
    let (live, test) = (&target.world.api, target.world.test_key().await);
    for route in keyed() {
        let Access::Key { modes, .. } = route.access else { panic!("{route:?}") };
        let path = filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9");
        for (mode, api) in [(KeyMode::Live, live), (KeyMode::Test, &test)] {
            let answer = call(api, &route, &path, "{}".to_owned()).await;
            assert_eq!(code(&answer) == "key_mode_not_allowed", !modes.contains(&mode), "{route:?}");
        }
        if modes.len() == 2 {
            let answers = [live, &test].map(|api| call(api, &route, &path, "{}".to_owned()));
            let [live, test] = tests::all(answers).await.try_into().unwrap();
            assert_eq!((live.status, code(&live)), (test.status, code(&test)), "{route:?}");
        }
    }
}

#[tokio::test]
async fn over_the_rate_every_endpoint_that_needs_a_key_is_429() {
    let target = Target::start().await;
    target.world.configure(|organisation| organisation.rate_limit = 1).await;
    target.refuses(&target.world.api, 429, "throttled").await;
    let open = table().into_iter().map(|(_, route)| route).filter(|route| !route.needs_key());
    for route in open {
        let answer = target.ask(&target.world.api, &route, "{}").await;
        assert_ne!(answer.status.as_u16(), 429, "{route:?}");
    }
}

#[tokio::test]
async fn every_answer_to_a_working_key_carries_the_rate() {
    let target = Target::start().await;
    for route in keyed() {
        let path = filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9");
        let answer = call(&target.world.api, &route, &path, "{}".to_owned()).await;
        for header in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
            assert!(answer.header(header).is_some(), "{header} of {route:?}");
        }
    }
}

#[tokio::test]
async fn a_callback_that_is_not_verified_is_403() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    let callbacks = table().into_iter().map(|(_, route)| route);
    for route in callbacks.filter(|route| route.access == Access::Provider) {
        let answer = target.ask(&target.world.api.without_key(), &route, "{}").await;
        answer.refused(403, "forged_callback");
    }
    assert_eq!(target.world.everything_stored().await, stored);
}

#[tokio::test]
async fn other_methods_are_405_and_allow_names_those_of_the_table() {
    let target = Target::start().await;
    let mut methods: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, route) in table() {
        methods.entry(target.path(&route)).or_default().insert(route.method.to_string());
    }
    for (path, methods) in methods {
        let answer = target.world.api.call(Method::PUT, &path, &[], "").await;
        answer.refused(405, "method_not_allowed");
        let allowed = answer.header("allow").unwrap().split(',').filter(|method| *method != "HEAD");
        assert_eq!(allowed.map(str::to_owned).collect::<BTreeSet<_>>(), methods, "{path}");
    }
}

#[tokio::test]
async fn paths_below_an_endpoint_are_unknown_and_things_that_do_not_exist_are_not_found() {
    let target = Target::start().await;
    let api = &target.world.api;
    for (_, route) in table() {
        let below = format!("{}nothing/of/this/name/", target.path(&route));
        call(api, &route, &below, "{}".to_owned()).await.refused(404, "unknown_path");
        if route.needs_key() && route.path.contains('{') {
            let body =
                if route.body.is_some_and(|limits| limits.media_types.len() > 1) { "[]" } else { "{}" };
            for unknown in [filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9"), filled(&route, "x", "x", "x")] {
                let answer = call(api, &route, &unknown, body.to_owned()).await;
                assert_eq!(answer.status.as_u16(), 404, "{route:?}: {}", answer.text());
                assert_ne!(code(&answer), "unknown_path", "{route:?}");
            }
        }
    }
    for (path, part) in [
        ("/favicon.ico", "every path begins with /v1/"),
        ("/sms/send-group/", "every path begins with /v1/"),
        ("/V1/balance/", "every path begins with /v1/"),
        ("//v1/balance/", "two slashes in a row"),
        ("/v1//sms/send-group/", "two slashes in a row"),
        ("/v1/nothing/", "There is nothing at this path."),
    ] {
        let detail = api.get(path).await.refused(404, "unknown_path");
        assert!(detail.contains(part), "{path}: {detail}");
    }
}

#[tokio::test]
async fn other_media_types_are_415_and_larger_bodies_413() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    for (route, limits) in keyed().into_iter().filter_map(|route| route.body.map(|limits| (route, limits))) {
        let (api, path) = (&target.world.api, target.path(&route));
        for headers in [&[("content-type", "application/xml")][..], &[]] {
            let answer = api.call(route.method.clone(), &path, headers, "{}").await;
            answer.refused(415, "unsupported_media_type");
        }
        for media_type in limits.media_types {
            let body = " ".repeat(limits.max_bytes + 1);
            let answer = api.call(route.method.clone(), &path, &[("content-type", *media_type)], body).await;
            answer.refused(413, "body_too_large");
        }
    }
    assert_eq!(target.world.everything_stored().await, stored);
}

#[tokio::test]
async fn a_parameter_that_an_endpoint_does_not_take_is_400_and_named() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    for route in table().into_iter().map(|(_, route)| route) {
        let answer = target.ask_with(&route, "colour=red&Page=1&colour=blue", "{}").await;
        if route.access == Access::Provider {
            answer.refused(403, "forged_callback");
            continue;
        }
        answer.refused(400, "invalid_request");
        let named = answer.bad_fields();
        assert!(named.starts_with(&["colour".to_owned(), "Page".to_owned()]), "{route:?}: {named:?}");
        for parameter in route.query {
            let answer = target.ask_with(&route, &format!("{parameter}=%00"), "{}").await;
            let named = answer.bad_fields();
            assert!(named.iter().any(|name| name == parameter), "{route:?} reads what it takes: {named:?}");
        }
    }
    assert_eq!(target.world.everything_stored().await, stored);
}

#[tokio::test]
async fn a_body_is_refused_by_an_endpoint_that_takes_none_and_read_uncompressed_by_the_others() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    for route in keyed() {
        let (api, path) = (&target.world.api, target.path(&route));
        let Some(limits) = route.body else {
            for body in [r#"{"campaign_id":2}"#, "{", "x", &" ".repeat(10_000)] {
                let answer = call(api, &route, &path, body.to_owned()).await;
                answer.refused(400, "invalid_request");
                assert_eq!(answer.bad_fields(), ["body"], "{route:?}");
            }
            continue;
        };
        for coding in ["gzip", "br", "identity, gzip", "x"] {
            let headers = [("content-type", limits.media_types[0]), ("content-encoding", coding)];
            let answer = api.call(route.method.clone(), &path, &headers, "{}").await;
            answer.refused(415, "unsupported_media_type");
            assert_eq!(answer.header("accept-encoding"), Some("identity"), "{route:?}");
        }
        for media_type in ["application/json; charset=utf-16", "application/json;CHARSET=\"latin1\""] {
            let answer = api.call(route.method.clone(), &path, &[("content-type", media_type)], "{}").await;
            answer.refused(415, "unsupported_media_type");
        }
    }
    for empty in [" ", "{}", "[]\n", "null"] {
        target.world.api.call(Method::GET, "/v1/balance/", &[], empty).await.expect(200);
    }
    assert_eq!(target.world.everything_stored().await, stored);
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let target = Target::start().await;
    for route in table().into_iter().map(|(_, route)| route) {
        let path = target.path(&route);
        let head = target.world.api.call(Method::HEAD, &path, &[], "").await;
        let get = target.world.api.get(&path).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{route:?}");
        for name in ["content-type", "content-length", "allow", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {route:?}");
        }
    }
}

#[tokio::test]
async fn no_answer_may_be_kept_and_one_that_depends_on_accept_says_so() {
    let target = Target::start().await;
    for route in table().into_iter().map(|(_, route)| route) {
        for api in [&target.world.api, &target.world.api.without_key()] {
            let answer = target.ask(api, &route, "{}").await;
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{route:?}");
            let varies = route.negotiates && api.key().is_some();
            assert_eq!(answer.header("vary"), varies.then_some("Accept"), "{route:?}");
        }
    }
    let unknown = target.world.api.get("/v1/nothing/").await;
    assert_eq!(unknown.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn a_path_with_an_escaped_delimiter_is_unknown() {
    let target = Target::start().await;
    for path in
        ["/v1/balance%3F/", "/v1/sms/campaigns/1%3Fpage=1/", "/v1/sms/campaigns/1%23/", "/v1/balance%23x"]
    {
        target.world.api.get(path).await.refused(404, "unknown_path");
    }
}

#[tokio::test]
async fn a_path_answers_the_same_with_and_without_its_final_slash() {
    let target = Target::start().await;
    for route in table().into_iter().map(|(_, route)| route).filter(|route| route.method == Method::GET) {
        let (path, query) = (target.path(&route), query(&route));
        let bare = target.world.api.get(&format!("{}{query}", path.trim_end_matches('/'))).await;
        let slashed = target.world.api.get(&format!("{path}{query}")).await;
        assert_eq!((bare.status.as_u16(), bare.body), (200, slashed.body), "{route:?}");
    }
}
