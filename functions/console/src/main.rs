//! The console function as Lambda runs it: wiring only.

use lambda_runtime::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    console::run().await
}
