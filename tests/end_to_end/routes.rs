//! Compares the route table with the served routes: every endpoint is called with every method, path, media type and
//! size that it does not accept. [`crate::access`] tests the keys.
//!
//! A new endpoint is tested here by being in the table. Of several cases of one rule, the default run tries one on each
//! endpoint, in turn; `EVERY=points` tries each.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use tests::{every::in_turn, routes::table};
use web::{Access, Route};

use crate::target::{Target, UNKNOWN_ID, call, callback_refusal, code, filled, keyed, least_body, query};

#[tokio::test]
async fn above_the_rate_every_endpoint_that_needs_a_key_is_429() {
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
        let path = filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9", UNKNOWN_ID);
        let answer = call(&target.world.api, &route, &path, "{}".to_owned()).await;
        for header in ["ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"] {
            assert!(answer.header(header).is_some(), "{header} of {route:?}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_405_and_the_allow_header_has_those_of_the_table() {
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
async fn longer_paths_are_unknown_paths_and_unknown_ids_are_not_found() {
    let target = Target::start().await;
    let api = &target.world.api;
    for (place, (_, route)) in table().into_iter().enumerate() {
        let below = format!("{}nothing/of/this/name/", target.path(&route));
        call(api, &route, &below, "{}".to_owned()).await.refused(404, "unknown_path");
        if route.needs_key() && route.path.contains('{') {
            let body = least_body(&route);
            let unknown =
                [filled(&route, UNKNOWN_ID, UNKNOWN_ID, "9", UNKNOWN_ID), filled(&route, "x", "x", "x", "x")];
            for unknown in in_turn("points", place, &unknown) {
                let answer = call(api, &route, unknown, body.to_owned()).await;
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
    let with_body = keyed().into_iter().filter_map(|route| route.body.map(|limits| (route, limits)));
    for (place, (route, limits)) in with_body.enumerate() {
        let (api, path) = (&target.world.api, target.path(&route));
        for headers in in_turn("points", place, &[&[("content-type", "application/xml")][..], &[]]) {
            let answer = api.call(route.method.clone(), &path, headers, "{}").await;
            answer.refused(415, "unsupported_media_type");
        }
        for media_type in in_turn("points", place, limits.media_types) {
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
            let (status, code) = callback_refusal(&route);
            answer.refused(status, code);
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
async fn an_endpoint_without_a_body_refuses_one_and_the_others_refuse_a_compressed_one() {
    let target = Target::start().await;
    let stored = target.world.everything_stored().await;
    let long = " ".repeat(10_000);
    for (place, route) in keyed().into_iter().enumerate() {
        let (api, path) = (&target.world.api, target.path(&route));
        let Some(limits) = route.body else {
            for body in in_turn("points", place, &[r#"{"campaign_id":2}"#, "{", "x", &long]) {
                let answer = call(api, &route, &path, (*body).to_owned()).await;
                answer.refused(400, "invalid_request");
                assert_eq!(answer.bad_fields(), ["body"], "{route:?}");
            }
            continue;
        };
        for coding in in_turn("points", place, &["gzip", "br", "identity, gzip", "x"]) {
            let headers = [("content-type", limits.media_types[0]), ("content-encoding", *coding)];
            let answer = api.call(route.method.clone(), &path, &headers, "{}").await;
            answer.refused(415, "unsupported_media_type");
            assert_eq!(answer.header("accept-encoding"), Some("identity"), "{route:?}");
        }
        let charsets = ["application/json; charset=utf-16", "application/json;CHARSET=\"latin1\""];
        for media_type in in_turn("points", place, &charsets) {
            let answer = api.call(route.method.clone(), &path, &[("content-type", *media_type)], "{}").await;
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
    let paths: BTreeSet<String> = table().into_iter().map(|(_, route)| target.path(&route)).collect();
    for path in paths {
        let head = target.world.api.call(Method::HEAD, &path, &[], "").await;
        let get = target.world.api.get(&path).await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        for name in ["content-type", "content-length", "allow", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{name} of {path}");
        }
    }
}

#[tokio::test]
async fn answers_are_not_cacheable_and_vary_by_accept_if_they_depend_on_it() {
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
async fn a_path_with_an_escape_that_changes_the_path_is_unknown() {
    let target = Target::start().await;
    let delimiters =
        ["/v1/balance%3F/", "/v1/sms/campaigns/1%3Fpage=1/", "/v1/sms/campaigns/1%23/", "/v1/balance%23x"];
    let removed = ["/v1/opt-outs/%09/", "/v1/bal%0Aance/", "/v1/balance/%20"];
    for path in delimiters.into_iter().chain(removed) {
        target.world.api.get(path).await.refused(404, "unknown_path");
    }
}

#[tokio::test]
async fn a_path_answers_the_same_with_and_without_its_final_slash() {
    let target = Target::start().await;
    let is_get = |route: &Route| route.method == Method::GET && route.access != Access::Provider;
    for route in table().into_iter().map(|(_, route)| route).filter(is_get) {
        let (path, query) = (target.path(&route), query(&route));
        let bare = target.world.api.get(&format!("{}{query}", path.trim_end_matches('/'))).await;
        let slashed = target.world.api.get(&format!("{path}{query}")).await;
        assert_eq!((bare.status.as_u16(), bare.body), (200, slashed.body), "{route:?}");
    }
}
