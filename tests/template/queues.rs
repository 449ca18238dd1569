//! The queues, held against the functions that consume them.

use serde_json::Value;

use crate::document::{functions, referred, resources, template};

/// AWS's advice for the visibility of a queue that a function consumes, in function time limits
/// (AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping").
const VISIBILITY_IN_TIMEOUTS: u64 = 6;

/// An SQS event source, with its function's time limit and its queue.
struct Source {
    function: String,
    timeout_seconds: u64,
    event: Value,
    queue: Value,
}

fn sources() -> Vec<Source> {
    let template = template();
    let mut sources = Vec::new();
    for (function, resource) in functions(&template) {
        let properties = &resource["Properties"];
        let events = properties["Events"].as_object().expect("every function has an event");
        for event in events.values().filter(|event| event["Type"] == "SQS") {
            let event = event["Properties"].clone();
            let queue = referred(&event["Queue"]).expect("a queue of this template");
            sources.push(Source {
                function: function.clone(),
                timeout_seconds: properties["Timeout"].as_u64().expect("seconds"),
                queue: template["Resources"][queue]["Properties"].clone(),
                event,
            });
        }
    }
    sources
}

#[test]
fn a_message_stays_hidden_for_as_long_as_its_function_may_try() {
    for Source { function, timeout_seconds, event, queue } in sources() {
        let window = event["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or(0);
        let visibility = queue["VisibilityTimeout"].as_u64().expect("seconds");
        assert!(visibility >= VISIBILITY_IN_TIMEOUTS * timeout_seconds + window, "{function}: {visibility}");
    }
}

#[test]
fn only_the_messages_that_failed_come_back() {
    assert_eq!(sources().len(), 2);
    for Source { function, event, .. } in sources() {
        assert_eq!(event["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{function}");
        assert!(event["ScalingConfig"]["MaximumConcurrency"].is_object(), "{function}");
    }
}

#[test]
fn what_fails_again_and_again_ends_in_a_queue_of_its_own() {
    let mut dead = Vec::new();
    for Source { function, queue, .. } in sources() {
        let target = referred(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
        dead.push(target.unwrap_or_else(|| panic!("{function} has no dead-letter queue")).to_owned());
    }
    assert_ne!(dead[0], dead[1]);
}

#[test]
fn every_queue_is_encrypted_and_takes_messages_of_any_size_that_sqs_takes() {
    for (name, queue) in resources(&template(), "AWS::SQS::Queue") {
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{name}");
        assert!(queue["Properties"]["MaximumMessageSize"].is_null(), "{name}");
    }
}
