//! Compares the deployed concurrency with the quotas of an account.

use std::collections::BTreeMap;

use serde_json::Value;

use tests::template::{functions, template};

/// The default quota of an account in a region (Lambda developer guide, "Quotas").
const CONCURRENT_EXECUTIONS: f64 = 1_000.0;
/// The quota of a new account in any region; requests, callbacks and the clock need a part of it.
const NEW_ACCOUNT: f64 = 10.0;
const FOR_REQUESTS: f64 = 2.0;
/// Messages of a queue that may be received and not deleted.
const IN_FLIGHT: f64 = 120_000.0;

fn parameter(name: &str, which: &str) -> f64 {
    template()["Parameters"][name][which].as_f64().expect("a number")
}

#[test]
fn the_defaults_work_in_a_new_account() {
    let mut consumers = 0.0;
    for (name, function) in functions(template()) {
        let properties = &function["Properties"];
        // AWS keeps a hundred executions unreserved, so that a new account cannot reserve any.
        assert!(
            properties["ReservedConcurrentExecutions"]["Fn::If"].is_array()
                || properties["ReservedConcurrentExecutions"].is_null(),
            "{name}"
        );
        for event in properties["Events"].as_object().expect("events").values() {
            let most = &event["Properties"]["ScalingConfig"]["MaximumConcurrency"];
            consumers += match most["Ref"].as_str() {
                Some(name) => parameter(name, "Default"),
                None => most.as_f64().unwrap_or_default(),
            };
        }
    }
    assert!((5.0..=NEW_ACCOUNT - FOR_REQUESTS).contains(&consumers), "{consumers}");
}

#[test]
fn the_default_concurrency_leaves_room_for_requests_and_the_maximum_needs_a_higher_quota() {
    let names = ["DispatchConcurrency", "SmallDispatchConcurrency", "ReceiptsConcurrency"];
    let all = |which| names.map(|name| parameter(name, which)).into_iter().sum::<f64>();
    assert!(all("Default") < CONCURRENT_EXECUTIONS / 10.0);
    // To use the maximum of a parameter, the account's quota must be raised first.
    assert!(all("MaxValue") > CONCURRENT_EXECUTIONS);
}

#[test]
fn messages_in_flight_stay_below_the_queue_quota() {
    let deployed: BTreeMap<String, Value> = functions(template()).into_iter().collect();
    let batches_each =
        &deployed["DispatchFunction"]["Properties"]["Events"]["Batches"]["Properties"]["BatchSize"];
    let most = batches_each.as_f64().expect("a number") * parameter("DispatchConcurrency", "MaxValue");
    assert!(most < IN_FLIGHT / 10.0, "{most}");
}
