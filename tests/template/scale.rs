//! Scale on paper: what is deployed against ten and a hundred million recipients, ten thousand organisations
//! and a thousand campaigns at once. What the tables bind is calculated in `stores::campaigns`, what the
//! forms bind in `domain`, the clock's minute in `clock`, each by its crate's own constants.
//!
//! | of one campaign | time from 202 to the last hand-over, a provider of 100 ms | first to bind |
//! |---|---|---|
//! | 1 million | 75 s | `DispatchConcurrency` (and, in life, the provider's own rate) |
//! | 10 million | 750 s; the accept itself 9 s of the gateway's 30 | `DispatchConcurrency`; of the accept a new table's write rate for its plans |
//! | 100 million | refused: `MAX_RECIPIENTS` | the accept: over a minute of writing plans, and more memory than the function has |
//!
//! A thousand campaigns at once share the same invocations: together they hand over 13,000 recipients a
//! second, so a million to each takes 21 hours; raised to a thousand invocations it takes three minutes,
//! and each organisation's wallet binds next (100 closes a second). Ten thousand organisations meet the
//! gateway's throttle of 500 requests a second, and the clock's thousand campaigns a minute.

use domain::batch::{BATCH_RECIPIENTS, MAX_RECIPIENTS, batches_of};
use serde_json::Value;

use tests::template::{functions, template};

/// Of an account in a region, until it asks for more (Lambda developer guide, "Quotas").
const CONCURRENT_EXECUTIONS: f64 = 1_000.0;
/// Of a new account in any region, and those that requests, callbacks and the clock are left.
const NEW_ACCOUNT: f64 = 10.0;
const FOR_REQUESTS: f64 = 2.0;
/// An event source's invocations at its start, and how many more a minute (the same, "Using Lambda with
/// Amazon SQS", scaling).
const FIRST_INVOCATIONS: f64 = 5.0;
const MORE_A_MINUTE: f64 = 300.0;
/// One processor (the same, "Configure function memory").
const PROCESSOR_MB: f64 = 1_769.0;
/// The HTTP API's longest wait for a function.
const GATEWAY_SECONDS: f64 = 30.0;
/// Messages of a queue that may be received and not deleted.
const IN_FLIGHT: f64 = 120_000.0;

/// Our own processor time of an accept and its memory, as `cargo bench -p tests` measured them, rounded up.
const ACCEPT_MICROS_PER_RECIPIENT: f64 = 0.1;
const ACCEPT_BYTES_PER_RECIPIENT: f64 = 16.0;
/// Assumed: a provider that takes 100 ms, and the four calls to DynamoDB around each group.
const GROUP_SECONDS: f64 = 0.150;
const GROUPS_A_BATCH: f64 = 10.0;
/// A new table's write units a second, and those of one plan.
const TABLE_WRITES: f64 = 4_000.0;
const PLAN_UNITS: f64 = 3.0;

fn property(function: &str, name: &str) -> Value {
    let all = functions(&template());
    let (_, function) = all.iter().find(|(other, _)| other == function).expect("it is deployed");
    function["Properties"][name].clone()
}

fn parameter(name: &str, which: &str) -> f64 {
    template()["Parameters"][name][which].as_f64().expect("a number")
}

fn memory_mb(function: &str) -> f64 {
    property(function, "MemorySize").as_f64().expect("megabytes")
}

/// Batches that are worked on at once: each invocation takes what one receive brings.
fn batches_at_once(invocations: f64) -> f64 {
    let batch = property("DispatchFunction", "Events")["Batches"]["Properties"]["BatchSize"].as_f64();
    invocations * batch.expect("a number")
}

/// Seconds from an accept to the last hand-over.
fn dispatch_seconds(recipients: usize, invocations: f64) -> f64 {
    let rounds = (f64::from(batches_of(recipients as u64)) / batches_at_once(invocations)).ceil();
    rounds * GROUPS_A_BATCH * GROUP_SECONDS
}

fn accept_seconds(recipients: usize) -> f64 {
    let computing = recipients as f64 * ACCEPT_MICROS_PER_RECIPIENT / 1e6;
    let processor = (memory_mb("ApiFunction") / PROCESSOR_MB).min(1.0);
    let writing = f64::from(batches_of(recipients as u64)) * PLAN_UNITS / TABLE_WRITES;
    computing / processor + writing
}

#[test]
fn the_largest_campaign_is_accepted_while_the_gateway_waits_and_ten_times_as_many_are_not() {
    let limit = property("ApiFunction", "Timeout").as_f64().expect("seconds");
    assert!(limit < GATEWAY_SECONDS);
    assert!(accept_seconds(MAX_RECIPIENTS) < limit * 2.0 / 3.0, "{}", accept_seconds(MAX_RECIPIENTS));
    assert!(accept_seconds(10 * MAX_RECIPIENTS) > limit, "{}", accept_seconds(10 * MAX_RECIPIENTS));
}

#[test]
fn the_largest_accept_fits_the_functions_memory_and_ten_times_as_many_do_not() {
    let used_mb = |recipients: usize| recipients as f64 * ACCEPT_BYTES_PER_RECIPIENT / 1e6;
    let memory = memory_mb("ApiFunction");
    assert!(used_mb(MAX_RECIPIENTS) < memory * 0.75, "{}", used_mb(MAX_RECIPIENTS));
    assert!(used_mb(10 * MAX_RECIPIENTS) > memory);
}

#[test]
fn a_million_are_handed_over_in_a_minute_and_ten_million_in_minutes() {
    let deployed = parameter("DispatchConcurrency", "Default");
    assert_eq!(dispatch_seconds(1_000_000, deployed), 75.0);
    assert_eq!(dispatch_seconds(10_000_000, deployed), 750.0);
    // The queue's event source begins with that many invocations.
    assert!(deployed <= FIRST_INVOCATIONS);
}

#[test]
fn a_thousand_campaigns_of_a_million_at_once_take_hours_as_deployed_and_minutes_at_the_accounts_limit() {
    let all = 1_000 * 1_000_000;
    let deployed = dispatch_seconds(all, parameter("DispatchConcurrency", "Default"));
    assert!((20.0..22.0).contains(&(deployed / 3_600.0)), "{deployed}");
    let most = parameter("DispatchConcurrency", "MaxValue");
    let climb = (most - FIRST_INVOCATIONS) / MORE_A_MINUTE * 60.0;
    assert!(dispatch_seconds(all, most) < climb, "the climb of the event source is the longer part");
    assert!(climb < 240.0, "{climb}");
}

#[test]
fn the_defaults_work_in_a_new_account() {
    let mut consumers = 0.0;
    for (name, function) in functions(&template()) {
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
fn what_is_deployed_leaves_the_account_room_for_requests_and_the_most_that_may_be_asked_for_does_not() {
    let names = ["DispatchConcurrency", "SmallDispatchConcurrency", "ReceiptsConcurrency"];
    let all = |which| names.map(|name| parameter(name, which)).into_iter().sum::<f64>();
    assert!(all("Default") < CONCURRENT_EXECUTIONS / 10.0);
    // Who raises one to the end must raise the account's quota first.
    assert!(all("MaxValue") > CONCURRENT_EXECUTIONS);
}

#[test]
fn messages_in_flight_stay_below_what_a_queue_allows() {
    let most = batches_at_once(parameter("DispatchConcurrency", "MaxValue"));
    assert!(most < IN_FLIGHT / 10.0, "{most}");
    assert!(BATCH_RECIPIENTS as f64 * most >= MAX_RECIPIENTS as f64, "all of the largest campaign at once");
}
