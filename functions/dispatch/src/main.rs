//! The dispatch function as Lambda runs it: wiring only.

use dispatch::Dispatcher;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    platform::telemetry::start();
    let dispatcher = Dispatcher::from_process()?;
    dispatcher.prime().await;
    let dispatcher = &dispatcher;
    let dispatch = service_fn(|event: LambdaEvent<_>| async move {
        let deadline = event.context.deadline();
        Ok::<_, Error>(dispatcher.dispatch(event.payload, deadline).await)
    });
    lambda_runtime::run(dispatch).await
}
