//! The api function as Lambda runs it: wiring only.

use lambda_http::{Error, run};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    platform::telemetry::start();
    let api = api::Api::from_process()?;
    api.prime().await;
    run(web::edge::service(api.routes())).await
}
