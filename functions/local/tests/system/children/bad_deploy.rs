//! A deploy of functions that cannot start: the alarms of errors that ring.

use bytes::Bytes;
use lambda_emulator::Output;
use local::stack::{Stack, StackConfig, State};
use tests::{
    alarms::{Minutes, alarm},
    client::Client,
};

use super::account::children;

#[tokio::test]
async fn functions_that_cannot_start_ring() {
    let variables = [("LOG_LEVEL".to_owned(), "bogus".to_owned())].into();
    let config = StackConfig { variables, ..children(State::Memory, Output::discard()) };
    let stack = Stack::start(config).await.unwrap();
    let client = Client::new(&stack);
    // Counts of two minutes: invocations that fail, and answers of the HTTP API with 5xx.
    let (mut failed, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let invoked = stack.functions().dispatch().invoke(Bytes::from_static(br#"{"Records":[]}"#)).await;
        failed.push(f64::from(u8::from(invoked.is_err())));
        let answer = client.get("/v1/health/").await;
        answered.push(f64::from(u8::from(answer.status.is_server_error())));
    }
    for (name, id, values) in
        [("FunctionErrorsAlarm", "dispatch", failed), ("HttpErrorsAlarm", "5xx", answered)]
    {
        assert!(Minutes::of_aws(id, &values).rings(&alarm(name)), "{name}: {values:?}");
        assert!(!Minutes::default().rings(&alarm(name)), "{name}: silence is no error");
    }
    stack.stop().await;
}
