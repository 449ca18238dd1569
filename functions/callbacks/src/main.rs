//! The callbacks function as Lambda runs it: wiring only.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    callbacks::run().await
}
