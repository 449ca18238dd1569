//! Every endpoint, called with every kind of key: none, never issued, revoked, expired, and working ones of both modes
//! with the endpoint's scope alone, with all scopes but that one, with all scopes and with none.
//!
//! The expected answers are derived from the route table, so that a new endpoint is tested by being registered. The
//! endpoints that name a campaign are found by calling them with an unknown one; each is then called with a live and a
//! test campaign. The default run tries one key that is not valid (never issued, revoked and so on) on each endpoint, in
//! turn, and on endpoints with a scope one of the keys with all scopes or none; `EVERY=points` tries each of them on each.

use std::collections::BTreeSet;

use cli::operator::{NewKey, issue_key};
use domain::{
    api_key::{ApiKey, KeyMode},
    scope::{Scope, Scopes},
    timestamp::Millis,
};
use local::stack::FunctionName;
use serde_json::{Value, json};
use tests::{
    client::{Answer, Client},
    every::in_turn,
    routes::table,
};
use web::{Access, Route};

use crate::target::{Target, UNKNOWN_ID, call, code, filled, least_body};

const MODES: [KeyMode; 2] = [KeyMode::Live, KeyMode::Test];
/// The campaign of each mode, and one that does not exist.
const CAMPAIGNS: [(KeyMode, &str); 2] = [(KeyMode::Live, "1"), (KeyMode::Test, "2")];
const UNKNOWN_CAMPAIGN: &str = "9";
/// The codes of an unknown campaign, and of an unknown message of a campaign.
const NOT_FOUND: [&str; 2] = ["campaign_not_found", "message_not_found"];

struct CallerKind {
    name: String,
    api: Client,
    rights: Rights,
    /// The scope that the key has alone, or alone lacks: it is tried on the endpoints that need that scope.
    scope: Option<Scope>,
}

enum Rights {
    /// 401 with this code.
    None(&'static str),
    Key(KeyMode, Scopes),
}

/// The result of all combinations.
#[derive(Default)]
struct MatrixResult {
    combinations: usize,
    holes: Vec<String>,
}

/// The status and code with which an endpoint must refuse a caller; `None` if it must not refuse it.
fn refusal(route: &Route, rights: &Rights, campaign: Option<KeyMode>) -> Option<(u16, &'static str)> {
    let Access::Key { scope, modes } = route.access else {
        let is_theirs = route.access == Access::Provider;
        return is_theirs.then(|| crate::target::callback_refusal(route));
    };
    match rights {
        Rights::None(code) => Some((401, code)),
        Rights::Key(_, scopes) if scope.is_some_and(|scope| !scopes.allow(scope)) => {
            Some((403, "missing_scope"))
        }
        Rights::Key(mode, _) if !modes.contains(mode) => Some((403, "key_mode_not_allowed")),
        Rights::Key(mode, _) => {
            let unknown = NOT_FOUND[usize::from(route.path.contains("{message}"))];
            campaign.filter(|of| of != mode).map(|_| (404, unknown))
        }
    }
}

async fn askers(target: &Target) -> Vec<CallerKind> {
    let world = &target.world;
    let mut askers = Vec::new();
    let mut add = |name, api, rights| askers.push(CallerKind { name, api, rights, scope: None });
    let refused = || Rights::None("invalid_api_key");
    add("no key".to_owned(), world.api.without_key(), Rights::None("not_authenticated"));
    add("a garbled key".to_owned(), world.api.with_key("garbled"), refused());
    let mut mistyped = world.api.key().unwrap().to_owned();
    let last = if mistyped.pop() == Some('a') { 'b' } else { 'a' };
    mistyped.push(last);
    add("a mistyped key".to_owned(), world.api.with_key(&mistyped), refused());
    for mode in MODES {
        let never_issued = ApiKey::generate(mode, &[3; 24]);
        add(format!("{mode:?}, never issued"), world.api.with_key(never_issued.reveal()), refused());
        add(format!("{mode:?}, revoked"), revoked(target, mode).await, refused());
        add(format!("{mode:?}, expired"), expired(target, mode).await, refused());
        for scopes in [Scopes::all(), Scopes::default()] {
            let (api, _) = world.issue(mode, scopes.clone()).await;
            add(format!("{mode:?} {scopes:?}"), api, Rights::Key(mode, scopes));
        }
    }
    for (mode, scope) in MODES.into_iter().flat_map(|mode| Scope::ALL.map(|scope| (mode, scope))) {
        let others: Scopes = Scope::ALL.into_iter().filter(|other| *other != scope).collect();
        for scopes in [[scope].into(), others] {
            let (api, _) = world.issue(mode, scopes.clone()).await;
            let (name, rights) = (format!("{mode:?} {scopes:?}"), Rights::Key(mode, scopes));
            askers.push(CallerKind { name, api, rights, scope: Some(scope) });
        }
    }
    world.clock().advance(Millis::from_mins(1));
    askers
}

async fn revoked(target: &Target, mode: KeyMode) -> Client {
    let world = &target.world;
    let (api, id) = world.issue(mode, Scopes::all()).await;
    api.get("/v1/").await.expect(200);
    let keys = &world.stack.stores().accounts.api_keys;
    let changed = keys.revoke(world.organisation.id, id, world.now()).await.unwrap();
    assert_eq!(changed, stores::Changed::Done);
    api
}

async fn expired(target: &Target, mode: KeyMode) -> Client {
    let world = &target.world;
    let valid_until = Some(world.now().plus(Millis::from_mins(1)));
    let new = NewKey { mode, valid_until, ..NewKey::unrestricted("short") };
    let issued = issue_key(world.stack.stores(), world.organisation.id, new, world.now()).await.unwrap();
    let api = world.api.with_key(issued.key.reveal());
    api.get("/v1/").await.expect(200);
    api
}

/// Calls an endpoint about a campaign, and about an existing book and contact if it must succeed.
async fn ask(target: &Target, api: &Client, route: &Route, campaign: &str, real: bool) -> Answer {
    let (book, contact) = if real { (&*target.book, &*target.contact) } else { (UNKNOWN_ID, UNKNOWN_ID) };
    let message = target.world.message_id(campaign.parse().unwrap());
    let path = filled(route, book, contact, campaign, &message);
    let names_it = route.path.contains("{campaign}");
    let of_body = |_| {
        if names_it { least_body(route).to_owned() } else { json!({ "campaign_id": campaign }).to_string() }
    };
    call(api, route, &path, route.body.map(of_body).unwrap_or_default()).await
}

/// The endpoints that name a campaign or a message of one, in their path or in their body.
async fn naming_campaigns(target: &Target) -> BTreeSet<(String, &'static str)> {
    let mut found = BTreeSet::new();
    for (_, route) in table() {
        let answer = ask(target, &target.world.api, &route, UNKNOWN_CAMPAIGN, false).await;
        if NOT_FOUND.contains(&code(&answer).as_str()) {
            found.insert((route.method.to_string(), route.path));
        }
    }
    found
}

/// Whether an answer shows a campaign of another mode.
fn shows_other_mode(answer: &Value, mode: KeyMode) -> bool {
    match answer {
        Value::Array(items) => items.iter().any(|item| shows_other_mode(item, mode)),
        Value::Object(fields) => {
            let is_other = fields.contains_key("campaign_id")
                && fields.get("test").is_some_and(|test| *test != (mode == KeyMode::Test));
            is_other || fields.values().any(|field| shows_other_mode(field, mode))
        }
        _ => false,
    }
}

impl CallerKind {
    /// Whether the caller has a key that is not valid.
    fn is_invalid(&self) -> bool {
        matches!(self.rights, Rights::None("invalid_api_key"))
    }

    /// Whether the key has every scope or none. On an endpoint with a scope, the keys with that scope alone and with all
    /// others test more.
    fn has_all_scopes_or_none(&self) -> bool {
        self.scope.is_none() && matches!(self.rights, Rights::Key(..))
    }

    fn is_tried_on(&self, route: &Route) -> bool {
        let needed = if let Access::Key { scope, .. } = route.access { scope } else { None };
        self.scope.is_none() || self.scope == needed
    }

    fn mode(&self) -> Option<KeyMode> {
        match self.rights {
            Rights::None(_) => None,
            Rights::Key(mode, _) => Some(mode),
        }
    }

    /// Why an answer is wrong.
    fn hole(&self, answer: &Answer, refusal: Option<(u16, &'static str)>) -> Option<String> {
        let status = answer.status.as_u16();
        let is_right = match refusal {
            Some((expected, expected_code)) => {
                let asks_for_a_key = answer.header("www-authenticate") == Some("Bearer");
                status == expected && code(answer) == expected_code && asks_for_a_key == (status == 401)
            }
            None => {
                let is_found = !NOT_FOUND.contains(&code(answer).as_str());
                ![401, 403, 429].contains(&status) && status < 500 && is_found
            }
        };
        let body = serde_json::from_slice(&answer.body).unwrap_or_default();
        let is_right = is_right && !self.mode().is_some_and(|mode| shows_other_mode(&body, mode));
        (!is_right).then(|| format!("{} is answered {status} {}", self.name, answer.text()))
    }
}

#[tokio::test]
async fn every_endpoint_takes_exactly_the_keys_of_the_table_and_a_key_reaches_its_own_mode_alone() {
    let target = Target::with_campaigns_of_both_modes().await;
    let world = &target.world;
    let naming = naming_campaigns(&target).await;
    let (invalid, others): (Vec<_>, Vec<_>) =
        askers(&target).await.into_iter().partition(CallerKind::is_invalid);
    let (general, others): (Vec<_>, Vec<_>) =
        others.into_iter().partition(CallerKind::has_all_scopes_or_none);
    let mut tried = MatrixResult::default();
    for refused in [true, false] {
        let stored = (world.everything_stored().await, world.queued_messages().await);
        for (place, (_, route)) in table().into_iter().enumerate() {
            let needs_scope = matches!(route.access, Access::Key { scope: Some(_), .. });
            let general = if needs_scope { in_turn("points", place, &general) } else { &general };
            let callers = others.iter().chain(general).chain(in_turn("points", place, &invalid));
            for caller in callers.filter(|caller| caller.is_tried_on(&route)) {
                let names_one = naming.contains(&(route.method.to_string(), route.path));
                let campaigns: &[_] = if names_one { &CAMPAIGNS } else { &CAMPAIGNS[..1] };
                for (mode, campaign) in campaigns {
                    let refusal = refusal(&route, &caller.rights, names_one.then_some(*mode));
                    if refusal.is_some() != refused {
                        continue;
                    }
                    let answer = ask(&target, &caller.api, &route, campaign, refused).await;
                    tried.combinations += 1;
                    let hole = caller.hole(&answer, refusal);
                    tried.holes.extend(hole.map(|hole| format!("{} {}: {hole}", route.method, route.path)));
                }
            }
        }
        if refused {
            let after = (world.everything_stored().await, world.queued_messages().await);
            assert_eq!(after, stored, "what is refused changes nothing");
        }
    }
    println!("{} combinations tried, holes {}", tried.combinations, tried.holes.len());
    assert_eq!(tried.holes, Vec::<String>::new());
    assert!(naming.len() >= 12, "the endpoints that name a campaign are found: {naming:?}");
}

/// A body that an endpoint which creates carries out.
fn creating(route: &Route, book: &str) -> Value {
    match route.path {
        "/v1/sms/send-group" => json!({"group_ids": [book], "message": "Hi"}),
        "/v1/address-books" => json!({"name": "Members"}),
        "/v1/address-books/{book}/contacts" => json!([{"phone": "0712345678"}]),
        "/v1/opt-outs" => json!({"phones": ["0712345678"]}),
        path => panic!("no body of {path} is known"),
    }
}

#[tokio::test]
async fn an_answer_stored_under_an_idempotency_key_is_never_given_to_a_key_of_the_other_mode() {
    let target = Target::with_campaigns_of_both_modes().await;
    let (live, test) = (&target.world.api, &target.world.test_key().await);
    let mut tried = 0;
    // A campaign belongs to one mode: a key of the other does not find it.
    let of_both_modes = |route: &Route| route.creates && !route.path.contains("{campaign}");
    for (_, route) in table().into_iter().filter(|(_, route)| of_both_modes(route)) {
        let (path, body) = (target.path(&route), creating(&route, &target.book));
        for (name, order) in [("test-first", [test, live]), ("live-first", [live, test])] {
            let mut campaigns = BTreeSet::new();
            for api in order {
                let key = format!("{name}:{}", route.path);
                let answer = api.post_with(&path, &[("idempotency-key", &key)], &body).await;
                let is_carried_out = answer.status.is_success();
                let is_refused = api.key() == test.key() && code(&answer) == "key_mode_not_allowed";
                assert!(is_carried_out || is_refused, "{path}: {}", answer.text());
                assert_eq!(answer.header("idempotent-replayed"), None, "{path}");
                campaigns.insert(answer.json()["campaign_id"].to_string());
                tried += 1;
            }
            assert_eq!(campaigns.len() == 2, route.path.contains("send-group"), "{campaigns:?}");
        }
    }
    assert!(tried >= 16, "{tried}");
}

#[tokio::test]
async fn requests_with_keys_of_one_mode_do_not_use_up_the_rate_of_the_other() {
    let target = Target::start().await;
    let (live, test) = (&target.world.api, &target.world.test_key().await);
    target.world.clock().advance(Millis::from_mins(2));
    target.world.configure(|organisation| organisation.rate_limit = 2).await;
    for api in [test, live] {
        for left in ["1", "0"] {
            assert_eq!(api.get("/v1/").await.header("ratelimit-remaining"), Some(left));
        }
        api.get("/v1/").await.refused(429, "throttled");
    }
}

#[tokio::test]
async fn a_test_key_changes_no_book_and_no_opt_out() {
    let target = Target::with_campaigns_of_both_modes().await;
    let (world, test) = (&target.world, target.world.test_key().await);
    let stored = world.everything_stored().await;
    for (_, route) in table().into_iter().filter(|(function, _)| *function == FunctionName::Books) {
        for body in
            ["{}", r#"{"name":"Mine"}"#, r#"[{"phone":"0712345678"}]"#, r#"{"phones":["0712345678"]}"#]
        {
            target.ask(&test, &route, body).await;
        }
    }
    let path = format!("/v1/address-books/{}/contacts/", target.book);
    let rows = "phone,first_name\n0712345678,Ada\n+254711500000,Jo\n0712345678,Eve\nx,Y\n";
    let checked = test.post_csv(&path, rows).await.expect(200);
    assert_eq!(world.everything_stored().await, stored);
    let stored = world.api.post_csv(&path, rows).await.expect(200);
    assert_eq!((&checked["test"], &stored["test"]), (&json!(true), &json!(false)));
    let report = |answer: &Value| {
        let mut answer = answer.clone();
        answer["test"].take();
        answer
    };
    assert_eq!(report(&checked), report(&stored), "a check reports what the import then does");
    assert_eq!(checked["added"], 1, "{checked}");
    let unknown = format!("/v1/address-books/{UNKNOWN_ID}/contacts/");
    test.post_csv(&unknown, rows).await.refused(404, "address_book_not_found");
}

#[tokio::test]
async fn a_test_key_cannot_control_a_live_campaign() {
    let target = Target::with_campaigns_of_both_modes().await;
    let (world, test) = (&target.world, target.world.test_key().await);
    world.api.post("/v1/sms/campaigns/1/pause/", &json!({})).await.expect(200);
    for step in ["resume", "cancel", "pause"] {
        let path = format!("/v1/sms/campaigns/1/{step}/");
        test.post(&path, &json!({})).await.refused(404, "campaign_not_found");
    }
    world.drain().await;
    assert_eq!((world.status(1).await["status"].as_str(), world.inbox().messages), (Some("paused"), 0));
    for (api, campaign) in [(&world.api, 1), (&test, 2)] {
        let list = api.get("/v1/sms/campaigns/").await.expect(200);
        assert_eq!((&list["total"], &list["results"][0]["campaign_id"]), (&json!(1), &json!(campaign)));
    }
}
