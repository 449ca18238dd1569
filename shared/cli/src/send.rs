//! Sends a campaign through the API, once, also if answers are lost.

use serde_json::Value;
use tokio::time::sleep;

use crate::client::{Client, ClientError, IdempotencyKey, SendAnswer, retry::wait_before_repeating};

/// Attempts at one send. Fewer than an import's, because a person waits for the answer, and may repeat the whole
/// command with the same key.
const ATTEMPTS_MAX: u32 = 5;

/// Sends, and repeats with the same key if the answer was lost or asks for it soon (`503`, `409 idempotency_in_progress`):
/// however often it arrives, it is one campaign.
///
/// # Errors
/// If the API refuses, or cannot be reached. After a lost answer the send may have been accepted.
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
