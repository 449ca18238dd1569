//! Compares the queues with the functions that consume them.

use std::{collections::BTreeSet, time::Duration};

use domain::lane::Lane;
use local::stack::{AWS_EVENTS_RETENTION, BATCHES, DEAD_RETENTION, QueueSettings, RECEIPTS, RETENTION};
use serde_json::Value;

use tests::template::{functions, referred, resources, template};

/// AWS's advice for the visibility of a queue that a function consumes, in function time limits
/// (AWS Lambda Developer Guide, "Creating and configuring an Amazon SQS event source mapping").
const VISIBILITY_IN_TIMEOUTS: u64 = 6;

/// The defaults of SQS and Lambda: messages are kept for four days, and do not wait for others.
const DEFAULT_RETENTION_SECONDS: u64 = 345_600;
const DEFAULT_WINDOW_SECONDS: u64 = 0;

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
    for (function, resource) in functions(template) {
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
fn only_failed_messages_are_returned_to_a_queue() {
    assert_eq!(sources().len(), Lane::ALL.len() + 1);
    for Source { function, event, .. } in sources() {
        assert_eq!(event["FunctionResponseTypes"][0], "ReportBatchItemFailures", "{function}");
        let most = &event["ScalingConfig"]["MaximumConcurrency"];
        assert!(most.is_object() || *most == 2, "{function}");
    }
}

#[test]
fn messages_that_fail_again_and_again_end_in_a_dead_letter_queue() {
    let mut dead = BTreeSet::new();
    for Source { function, queue, .. } in sources() {
        let target = referred(&queue["RedrivePolicy"]["deadLetterTargetArn"]);
        let target = target.unwrap_or_else(|| panic!("{function} has no dead-letter queue"));
        dead.insert((function, target.to_owned()));
    }
    let queues: BTreeSet<_> = dead.iter().map(|(_, queue)| queue).collect();
    assert_eq!((dead.len(), queues.len()), (2, 2), "one for each function");
}

#[test]
fn every_queue_is_encrypted_and_takes_messages_of_any_size_that_sqs_takes() {
    for (name, queue) in resources(template(), "AWS::SQS::Queue") {
        assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{name}");
        assert!(queue["Properties"]["MaximumMessageSize"].is_null(), "{name}");
    }
}

fn declared(function: &str) -> Vec<QueueSettings> {
    let count = |value: &Value| value.as_u64().expect("a number");
    let settings = |Source { event, queue, .. }: Source| {
        let window = event["MaximumBatchingWindowInSeconds"].as_u64().unwrap_or(DEFAULT_WINDOW_SECONDS);
        QueueSettings {
            visibility: Duration::from_secs(count(&queue["VisibilityTimeout"])),
            max_receive_count: count(&queue["RedrivePolicy"]["maxReceiveCount"]) as u32,
            batch_size: count(&event["BatchSize"]) as usize,
            batching_window: Duration::from_secs(window),
        }
    };
    sources().into_iter().filter(|source| source.function == function).map(settings).collect()
}

#[test]
fn a_queue_and_its_consumer_have_the_same_settings_in_the_template_and_the_local_stack() {
    assert_eq!(declared("DispatchFunction"), [BATCHES; Lane::ALL.len()]);
    let receipts = declared("ReceiptsFunction");
    // The only difference: on a local stack a developer watches the reports come in, and writes cost nothing.
    let batching_window = receipts[0].batching_window;
    assert!(RECEIPTS.batching_window < batching_window);
    assert_eq!(receipts, [QueueSettings { batching_window, ..RECEIPTS }]);
}

#[test]
fn a_message_is_kept_equally_long_in_the_template_and_the_local_stack() {
    for (name, queue) in resources(template(), "AWS::SQS::Queue") {
        let declared = queue["Properties"]["MessageRetentionPeriod"].as_u64();
        let here = match name.as_str() {
            "AwsEventsQueue" => AWS_EVENTS_RETENTION,
            name if name.ends_with("DeadQueue") => DEAD_RETENTION,
            _ => RETENTION,
        };
        assert_eq!(declared.unwrap_or(DEFAULT_RETENTION_SECONDS), here.as_secs(), "{name}");
    }
}

/// The resources for AWS's events exist only with the provider aws, and the events' queue keeps a number for at most a
/// day.
#[test]
fn events_of_texts_have_their_own_queue_which_keeps_them_for_a_day() {
    let resources = template()["Resources"].clone();
    let of_aws = ["SmsConfigurationSet", "AwsEventsTopic", "AwsEventsTopicPolicy", "AwsEventsSubscription"];
    let of_aws = of_aws.into_iter().chain(["AwsEventsQueue", "AwsEventsQueuePolicy", "AwsEventsMapping"]);
    let of_aws = of_aws.chain(["AwsEventsAgeAlarm"]);
    for name in of_aws {
        assert_eq!(resources[name]["Condition"], "SendsWithAws", "{name}");
    }
    let queue = &resources["AwsEventsQueue"]["Properties"];
    assert_eq!(queue["MessageRetentionPeriod"], AWS_EVENTS_RETENTION.as_secs());
    assert_eq!((&queue["SqsManagedSseEnabled"], &queue["RedrivePolicy"]), (&Value::Bool(true), &Value::Null));
    assert_eq!(queue["VisibilityTimeout"], RECEIPTS.visibility.as_secs());
    let mapping = &resources["AwsEventsMapping"]["Properties"];
    assert_eq!(mapping["BatchSize"], RECEIPTS.batch_size);
    assert_eq!(mapping["FunctionResponseTypes"][0], "ReportBatchItemFailures");
    assert_eq!(resources["AwsEventsSubscription"]["Properties"]["RawMessageDelivery"], true);
}
