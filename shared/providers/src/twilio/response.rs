//! The outcome of the one recipient in an answer of Twilio. Pure, and total.
//!
//! | answer | outcome |
//! |---|---|
//! | 201 with the `sid` of a message | accepted |
//! | 4xx with a listed `code` | what [`codes`] says |
//! | 400 with an unlisted `code` | refused (unlisted) |
//! | 401 | the credentials; 429: throttled; other 4xx: the request |
//! | other 2xx, 5xx, anything unreadable | unknown: Twilio has no idempotency key for messages |

use domain::outcome::RefusalReason;
use serde::Deserialize;

use super::codes;
use crate::{answer::Answer, meaning::Meaning, message_id, verdict::Verdict};

#[derive(Deserialize)]
struct Message {
    sid: String,
}

#[derive(Deserialize)]
struct Problem {
    code: u32,
}

/// The verdict of the recipient; `None` if only the answer's HTTP status is known.
pub(crate) fn read(answer: &Answer) -> Option<Verdict> {
    match answer.status {
        201 => accepted(&answer.body),
        // A gateway may give 408 after it passed the request on.
        400..=407 | 409..=499 => refused(answer),
        _ => None,
    }
}

fn accepted(body: &[u8]) -> Option<Verdict> {
    let message: Message = serde_json::from_slice(body).ok()?;
    let id = message_id::parse(&message.sid)?;
    Some(Meaning::Accepted.verdict("", Some(id)))
}

fn refused(answer: &Answer) -> Option<Verdict> {
    let Problem { code } = serde_json::from_slice(&answer.body).ok()?;
    let meaning = match codes::by_number(code) {
        Some(code) => code.meaning,
        None if answer.status == 400 => Meaning::Refused(RefusalReason::Unlisted),
        None => return None,
    };
    Some(meaning.verdict(&codes::shown(code), None))
}

#[cfg(test)]
mod tests;
