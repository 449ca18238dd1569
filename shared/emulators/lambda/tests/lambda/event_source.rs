//! The SQS event source against a fake endpoint that fails on demand.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use bytes::Bytes;
use lambda_emulator::{
    InProcess, Invoke, InvokeError,
    event_source::{EventSource, PollError, Polled, Queue, Settings, SettingsError},
};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::fake_sqs::{FakeSqs, client};

const SETTINGS: Settings = Settings {
    batch_size: 10,
    batching_window: Duration::ZERO,
    max_concurrency: NonZeroUsize::MIN,
    report_batch_item_failures: true,
};

fn source(endpoint: &str, function: impl Invoke + 'static, settings: Settings) -> EventSource {
    let queue = Queue {
        url: format!("{endpoint}/000000000000/batches"),
        arn: "arn:aws:sqs:af-south-1:000000000000:batches".into(),
    };
    EventSource::new(client(endpoint), queue, Arc::new(function), settings).unwrap()
}

/// A queue of these messages, joined to `function`.
async fn joined(
    messages: &[&str],
    function: impl Invoke + 'static,
    settings: Settings,
) -> (FakeSqs, EventSource) {
    let (fake, address) = FakeSqs::start(messages).await;
    (fake, source(&format!("http://{address}"), function, settings))
}

/// A function that always answers the same.
fn answering(answer: Value) -> impl Invoke {
    InProcess::new(move |_| {
        let answer = Bytes::from(answer.to_string());
        async { Ok(answer) }
    })
}

fn reporting(failed: &str) -> impl Invoke {
    answering(json!({ "batchItemFailures": [{ "itemIdentifier": failed }] }))
}

/// The bodies of an event, and that every record is of the queue.
fn bodies(event: &[u8]) -> Vec<String> {
    let event: Value = serde_json::from_slice(event).unwrap();
    let records = event["Records"].as_array().unwrap();
    assert!(
        records
            .iter()
            .all(|record| record["awsRegion"] == "af-south-1" && record["eventSource"] == "aws:sqs")
    );
    records.iter().map(|record| record["body"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn messages_that_the_function_does_not_report_are_deleted() {
    let (fake, source) = joined(&["a", "b", "c"], reporting("b"), SETTINGS).await;
    assert_eq!(source.poll_once(0).await.unwrap(), Polled { received: 3, deleted: 2, failed: 1 });
    assert_eq!((fake.deleted(), fake.in_flight()), (vec!["a".into(), "c".into()], vec!["b".into()]));
}

#[tokio::test]
async fn an_empty_queue_invokes_nothing() {
    let never = InProcess::new(|_| async { panic!("invoked without a message") });
    let (_, source) = joined(&[], never, SETTINGS).await;
    assert_eq!(source.poll_once(0).await.unwrap(), Polled::default());
}

#[tokio::test]
async fn a_function_that_fails_leaves_its_whole_batch() {
    let failing = InProcess::new(|_| async { Err(InvokeError::TimedOut { after: Duration::from_secs(1) }) });
    let (fake, source) = joined(&["a", "b"], failing, SETTINGS).await;
    assert_eq!(source.poll_once(0).await.unwrap(), Polled { received: 2, deleted: 0, failed: 2 });
    assert_eq!(fake.in_flight(), ["a", "b"]);
}

#[tokio::test]
async fn a_report_of_an_unknown_message_leaves_the_whole_batch() {
    for identifier in ["", "of another batch"] {
        let (fake, source) = joined(&["a", "b"], reporting(identifier), SETTINGS).await;
        assert_eq!(source.poll_once(0).await.unwrap().failed, 2, "{identifier}");
        assert!(fake.deleted().is_empty());
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_deleted_is_not_counted_as_deleted() {
    let (fake, source) = joined(&["a", "b"], answering(Value::Null), SETTINGS).await;
    fake.0.lock().unwrap().undeletable.insert("a".into());
    assert_eq!(source.poll_once(0).await.unwrap(), Polled { received: 2, deleted: 1, failed: 1 });
    assert_eq!((fake.deleted(), fake.in_flight()), (vec!["b".into()], vec!["a".into()]));
}

#[tokio::test]
async fn a_batch_is_no_larger_than_its_size() {
    let (fake, source) =
        joined(&["a", "b", "c"], answering(json!({})), Settings { batch_size: 2, ..SETTINGS }).await;
    assert_eq!(source.poll_once(0).await.unwrap().received, 2);
    assert_eq!(source.poll_once(0).await.unwrap().received, 1);
    assert_eq!(fake.deleted(), ["a", "b", "c"]);
}

#[tokio::test]
async fn a_window_fills_one_event_from_several_receives() {
    let messages: Vec<_> = (10..35).map(|number| number.to_string()).collect();
    let messages: Vec<_> = messages.iter().map(String::as_str).collect();
    let (events, mut sizes) = mpsc::unbounded_channel();
    let counting = InProcess::new(move |event: Bytes| {
        events.send(bodies(&event).len()).unwrap();
        async { Ok(Bytes::from("{}")) }
    });
    let settings = Settings { batch_size: 22, batching_window: Duration::from_secs(300), ..SETTINGS };
    let (fake, source) = joined(&messages, counting, settings).await;
    assert_eq!(source.poll_once(0).await.unwrap(), Polled { received: 22, deleted: 22, failed: 0 });
    assert_eq!(source.poll_once(0).await.unwrap().received, 3);
    assert_eq!((sizes.recv().await, sizes.recv().await), (Some(22), Some(3)));
    assert_eq!(fake.deleted(), messages);
}

#[tokio::test]
async fn settings_that_aws_refuses_are_refused() {
    let queue = Queue { url: "http://localhost/q".into(), arn: "arn".into() };
    let settings = Settings { batch_size: 11, ..SETTINGS };
    let function = Arc::new(answering(Value::Null));
    let refused = EventSource::new(client("http://localhost"), queue, function, settings);
    assert_eq!(refused.err(), Some(SettingsError::WindowMissing));
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_an_error_of_the_poll() {
    let down = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let source = source(&format!("http://{down}"), answering(Value::Null), SETTINGS);
    assert!(matches!(source.poll_once(0).await, Err(PollError::Receive(_))));
}

/// A function whose invocations report their messages, and end when the test permits.
fn held() -> (impl Invoke, mpsc::UnboundedReceiver<Vec<String>>, Arc<Semaphore>) {
    let (begun, begins) = mpsc::unbounded_channel();
    let permits = Arc::new(Semaphore::new(0));
    let gate = permits.clone();
    let function = InProcess::new(move |event: Bytes| {
        begun.send(bodies(&event)).unwrap();
        let gate = gate.clone();
        async move {
            gate.acquire().await.unwrap().forget();
            Ok(Bytes::from("null"))
        }
    });
    (function, begins, permits)
}

#[tokio::test]
async fn pollers_take_as_many_batches_as_may_run_and_a_stop_waits_for_them() {
    let (function, mut begins, permits) = held();
    let settings = Settings { batch_size: 1, max_concurrency: NonZeroUsize::new(2).unwrap(), ..SETTINGS };
    let (fake, source) = joined(&["a", "b", "c"], function, settings).await;
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let running = tokio::spawn(async move { source.run(stopped).await });
    let mut begun = vec![begins.recv().await.unwrap(), begins.recv().await.unwrap()];
    begun.sort();
    assert_eq!(begun, [["a"], ["b"]]);
    assert_eq!(fake.0.lock().unwrap().receives, 2);
    stop.cancel();
    permits.add_permits(2);
    running.await.unwrap();
    assert_eq!(fake.deleted().len(), 2);
    assert_eq!(fake.0.lock().unwrap().visible, ["c"]);
}
