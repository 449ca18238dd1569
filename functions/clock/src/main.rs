//! The clock function as Lambda runs it: wiring only.

use clock::Clockwork;
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    platform::telemetry::start();
    let clockwork = Clockwork::from_process()?;
    let clockwork = &clockwork;
    let tick = service_fn(|_: LambdaEvent<serde_json::Value>| async move {
        clockwork.tick().await.map(|looked| serde_json::json!({ "campaigns": looked })).map_err(Error::from)
    });
    lambda_runtime::run(tick).await
}
