//! A disk on which no line of the log has room.

use std::path::Path;

use lambda_emulator::Output;
use local::stack::{Stack, State};
use serde_json::json;
use tests::client::Client;

use super::account::children;

/// Refuses every write as a full disk does.
const FULL: &str = "/dev/full";

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_no_function() {
    let output = Output::append_to(Path::new(FULL)).unwrap();
    let stack = Stack::start(children(State::Memory, output)).await.unwrap();
    // The clock and a forged callback write metrics.
    stack.tick().await.unwrap();
    let forged = json!({ "reports": [] });
    let answer = Client::new(&stack).post("/v1/providers/sandbox/receipts/", &forged).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);
    stack.stop().await;
}
