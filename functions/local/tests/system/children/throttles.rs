//! More invocations at once than a function has instances: what the alarm of throttles makes of it.

use bytes::Bytes;
use futures_util::future::join_all;
use lambda_emulator::Output;
use local::stack::{Stack, State};
use tests::alarms::{Minutes, alarm};

use super::account::children;

/// One more than the function's instances.
const AT_ONCE: usize = 5;

#[tokio::test]
async fn an_account_without_free_executions_rings() {
    let stack = Stack::start(children(State::Memory, Output::discard())).await.unwrap();
    let dispatch =
        stack.functions().children().iter().find(|function| function.name() == "dispatch").unwrap();
    let mut throttles = Vec::new();
    for _ in 0..2 {
        let before = dispatch.throttles();
        let invoke = |_| stack.functions().dispatch().invoke(Bytes::from_static(br#"{"Records":[]}"#));
        assert!(join_all((0..AT_ONCE).map(invoke)).await.iter().all(Result::is_ok));
        throttles.push((dispatch.throttles() - before) as f64);
    }
    let rings = alarm("FunctionThrottlesAlarm");
    assert!(Minutes::of_aws("dispatch", &throttles).rings(&rings), "{throttles:?}");
    assert!(!Minutes::of_aws("dispatch", &throttles[..1]).rings(&rings), "one minute is no trend");
    stack.stop().await;
}
