//! Sends a campaign through the API, once, also if answers are lost.

use serde_json::Value;
use tokio::time::sleep;

use crate::client::{Client, ClientError, IdempotencyKey, SendAnswer, retry::wait_before_repeating};

/// Attempts at one send. Fewer than an import's: a person waits for the answer, and may repeat the whole
/// command under the same key.
const ATTEMPTS_MAX: u32 = 5;

/// Sends, and repeats it under the same key where the answer was lost or asks to come back (`503`,
/// `409 idempotency_in_progress`): however often it arrives, it is one campaign.
///
/// # Errors
/// If the API refuses, or stays away. After a lost answer nothing says that it was not accepted.
pub async fn send_once(
    client: &Client,
    request: &Value,
    key: &IdempotencyKey,
) -> Result<SendAnswer, ClientError> {
    for attempt in 1..ATTEMPTS_MAX {
        match client.send(request, key).await {
            Ok(answer) => return Ok(answer),
            Err(error) => sleep(wait_before_repeating(&error, attempt).ok_or(error)?).await,
        }
    }
    client.send(request, key).await
}
