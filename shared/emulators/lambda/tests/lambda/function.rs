//! Functions as child processes.

use std::{
    process::{Command, Stdio},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use lambda_emulator::{Function, Invoke, InvokeError, Output};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    child::{AMPLE, ENTRY, config},
    gate::Gate,
};

/// A time limit that a test waits out.
const BRIEF: Duration = Duration::from_millis(300);

fn worker(max_concurrency: usize) -> Function {
    Function::new(config("worker", AMPLE, max_concurrency))
}

async fn order(function: &Function, order: Value) -> Result<Value, InvokeError> {
    let answer = function.invoke(Bytes::from(order.to_string())).await?;
    Ok(serde_json::from_slice(&answer).unwrap())
}

async fn pid_of_answering(function: &Function) -> u64 {
    order(function, json!({ "do": "report" })).await.unwrap()["pid"].as_u64().unwrap()
}

fn wait_order(gate: &Gate) -> Value {
    json!({ "do": "wait", "at": gate.address().to_string() })
}

fn begin_waiting(function: &Function, gate: &Gate) -> tokio::task::JoinHandle<Result<Value, InvokeError>> {
    let (function, waiting) = (function.clone(), wait_order(gate));
    tokio::spawn(async move { order(&function, waiting).await })
}

#[tokio::test]
async fn a_runtime_in_a_child_gets_its_name_its_request_and_its_deadline() {
    let report = order(&worker(1), json!({ "do": "report" })).await.unwrap();
    assert_eq!(report["arn"], "arn:aws:lambda:af-south-1:000000000000:function:worker");
    assert_eq!(report["request_id"].as_str().unwrap().len(), 36);
    assert!(report["trace_id"].as_str().unwrap().starts_with("Root=1-"));
    let left_ms = report["deadline_ms"].as_u64().unwrap() as u128
        - SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    assert!(left_ms <= AMPLE.as_millis(), "{left_ms}");
    assert_eq!(report["env"]["AWS_LAMBDA_FUNCTION_NAME"], "worker");
    assert_eq!(report["env"]["AWS_REGION"], "af-south-1");
    assert_eq!(report["env"]["AWS_LAMBDA_FUNCTION_VERSION"], "$LATEST");
}

#[tokio::test]
async fn a_child_inherits_nothing_of_the_hosts_environment() {
    let report = order(&worker(1), json!({ "do": "report" })).await.unwrap();
    let named =
        |name: &str| name.starts_with("AWS_") || name == "HOST_TEST_ROLE" || name == "_X_AMZN_TRACE_ID";
    let strange: Vec<_> = report["env"].as_object().unwrap().keys().filter(|name| !named(name)).collect();
    assert!(std::env::var("PATH").is_ok() && strange.is_empty(), "{strange:?}");
}

#[tokio::test]
async fn an_idle_instance_serves_again() {
    let function = worker(4);
    assert_eq!(pid_of_answering(&function).await, pid_of_answering(&function).await);
    assert_eq!(function.instances().len(), 1);
}

#[tokio::test]
async fn an_error_of_the_function_is_returned_and_its_instance_stays_in_use() {
    let function = worker(1);
    let before = pid_of_answering(&function).await;
    match order(&function, json!({ "do": "fail" })).await {
        Err(InvokeError::FunctionError { error_type, message }) => {
            assert_eq!((error_type.as_str(), message.as_str()), ("Unwilling", "not today"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(pid_of_answering(&function).await, before);
}

#[tokio::test]
async fn a_crashed_instance_is_replaced() {
    let function = worker(1);
    let before = pid_of_answering(&function).await;
    match order(&function, json!({ "do": "exit" })).await {
        Err(InvokeError::Crashed { status }) => assert!(status.contains('3'), "{status}"),
        other => panic!("{other:?}"),
    }
    assert_ne!(pid_of_answering(&function).await, before);
}

#[tokio::test]
async fn an_instance_past_its_time_limit_is_killed_before_the_caller_gets_its_error() {
    let gate = Gate::open().await;
    let function = Function::new(config("worker", BRIEF, 1));
    let invocation = begin_waiting(&function, &gate);
    let held = gate.arrival().await;
    assert!(matches!(invocation.await.unwrap(), Err(InvokeError::TimedOut { after }) if after == BRIEF));
    assert!(function.instances().is_empty());
    held.gone().await;
}

#[tokio::test]
async fn instances_grow_to_the_limit_and_further_invocations_wait() {
    let (gate, function) = (Gate::open().await, worker(2));
    let invocations: Vec<_> = (0..3).map(|_| begin_waiting(&function, &gate)).collect();
    let (first, second) = (gate.arrival().await, gate.arrival().await);
    assert_eq!(function.instances().len(), 2);
    first.release().await;
    let third = gate.arrival().await;
    assert_eq!(function.instances().len(), 2);
    second.release().await;
    third.release().await;
    for invocation in invocations {
        invocation.await.unwrap().unwrap();
    }
    assert_eq!(function.throttles(), 1, "Lambda would have rejected the third");
}

#[tokio::test]
async fn killing_a_busy_instance_is_a_crash() {
    let (gate, function) = (Gate::open().await, worker(1));
    let invocation = begin_waiting(&function, &gate);
    let held = gate.arrival().await;
    let instances = function.instances();
    instances[0].kill().await;
    assert!(matches!(invocation.await.unwrap(), Err(InvokeError::Crashed { .. })));
    held.gone().await;
    assert_ne!(pid_of_answering(&function).await, u64::from(instances[0].pid()));
}

#[tokio::test]
async fn an_instance_that_exits_while_idle_fails_no_invocation() {
    let function = worker(1);
    let before = pid_of_answering(&function).await;
    function.instances()[0].kill().await;
    assert_ne!(pid_of_answering(&function).await, before);
}

#[tokio::test]
async fn a_child_that_cannot_start_up_is_a_crash() {
    let function = Function::new(config("stillborn", AMPLE, 1));
    assert!(matches!(order(&function, json!({})).await, Err(InvokeError::Crashed { .. })));
}

#[tokio::test]
async fn a_reported_start_up_failure_is_the_error_of_the_invocation() {
    let function = Function::new(config("misconfigured", AMPLE, 1));
    match order(&function, json!({})).await {
        Err(InvokeError::FunctionError { error_type, message }) => {
            assert_eq!((error_type.as_str(), message.as_str()), ("Config.Missing", "no table"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_not_started() {
    let mut missing = config("worker", AMPLE, 1);
    missing.program = "/nowhere/bootstrap".into();
    let function = Function::new(missing);
    assert!(matches!(order(&function, json!({})).await, Err(InvokeError::NotStarted(_))));
}

#[tokio::test]
async fn payloads_are_held_to_six_megabytes_both_ways() {
    let function = worker(1);
    let too_large = Bytes::from(vec![b' '; 6 * 1024 * 1024 + 1]);
    assert!(matches!(function.invoke(too_large).await, Err(InvokeError::PayloadTooLarge { .. })));
    let answer = json!({ "do": "answer", "bytes": 6 * 1024 * 1024 });
    match order(&function, answer).await {
        Err(InvokeError::FunctionError { error_type, .. }) => {
            assert_eq!(error_type, "Function.ResponseSizeTooLarge");
        }
        other => panic!("{other:?}"),
    }
    let answer = order(&function, json!({ "do": "answer", "bytes": 6 * 1024 * 1024 - 2 })).await.unwrap();
    assert_eq!(answer.as_str().unwrap().len(), 6 * 1024 * 1024 - 2);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_stop_the_function() {
    let (gate, function) = (Gate::open().await, worker(1));
    let caller = begin_waiting(&function, &gate);
    let held = gate.arrival().await;
    let pid = u64::from(function.instances()[0].pid());
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    held.release().await;
    assert_eq!(pid_of_answering(&function).await, pid);
}

#[tokio::test]
async fn stopping_ends_every_instance_and_refuses_waiting_invocations() {
    let (gate, function) = (Gate::open().await, worker(1));
    let under_way = begin_waiting(&function, &gate);
    let held = gate.arrival().await;
    let waiting = begin_waiting(&function, &gate);
    function.stop().await;
    assert!(function.instances().is_empty());
    held.gone().await;
    assert!(matches!(under_way.await.unwrap(), Err(InvokeError::Crashed { .. })));
    assert!(matches!(waiting.await.unwrap(), Err(InvokeError::Stopped)));
}

#[tokio::test]
async fn the_lines_of_children_reach_the_sink_with_the_functions_name() {
    let (sink, mut lines) = mpsc::unbounded_channel();
    let mut printing = config("worker", AMPLE, 1);
    printing.output = Output::lines(move |function, line| sink.send(format!("{function}: {line}")).unwrap());
    let function = Function::new(printing);
    order(&function, json!({ "do": "print", "line": "hello from below" })).await.unwrap();
    while lines.recv().await.unwrap() != "worker: hello from below" {}
}

#[tokio::test]
async fn the_lines_of_children_are_appended_to_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("functions.log");
    std::fs::write(&log, "before\n").unwrap();
    let mut printing = config("worker", AMPLE, 1);
    printing.output = Output::append_to(&log).unwrap();
    let function = Function::new(printing);
    order(&function, json!({ "do": "print", "line": "hello from below" })).await.unwrap();
    let logged = std::fs::read_to_string(&log).unwrap();
    assert!(logged.starts_with("before\n") && logged.contains("hello from below\n"), "{logged}");
}

/// The grandchild is in the middle of an invocation, so only its watch on the parent can end it.
#[tokio::test]
async fn children_end_if_their_host_is_killed() {
    let gate = Gate::open().await;
    let mut host = Command::new(std::env::current_exe().unwrap());
    host.args(ENTRY).stdin(Stdio::piped()).stdout(Stdio::null());
    host.env("HOST_TEST_ROLE", "host").env("GATE", gate.address().to_string());
    let mut host = host.spawn().unwrap();
    let held = gate.arrival().await;
    host.kill().unwrap();
    host.wait().unwrap();
    held.gone().await;
}
