//! The outcome of each recipient in an answer of Infobip. Pure, and total.
//!
//! | answer | outcome |
//! |---|---|
//! | 200, a message with a listed status | what [`codes`] says |
//! | a message with an unlisted status of the group REJECTED | refused (unlisted) |
//! | a message with any other unlisted status | unlisted: it may have been taken |
//! | no message, two that disagree, or one that cannot be read | unknown |
//! | 401 | the credentials; 429: throttled; other 4xx: the request |
//! | other 2xx, 5xx, anything unreadable | unknown for every recipient |

use std::collections::HashMap;

use domain::{
    msisdn::Msisdn,
    outcome::{RefusalReason, SendOutcome},
};
use serde::Deserialize;
use serde_json::Value;

use super::{codes, message_id::MessageId};
use crate::{
    answer::Answer,
    meaning::Meaning,
    submission::Submission,
    submitted::Submitted,
    verdict::{Verdict, by_name, conclude},
};

#[derive(Deserialize)]
struct Body {
    /// Parsed one by one, so that a malformed message does not make the others unreadable.
    messages: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    message_id: Option<String>,
    destination: Option<String>,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    id: u32,
    #[serde(default)]
    name: String,
    #[serde(default)]
    group_id: u32,
}

/// The result of the call. Recipients are found by our id; a missing one is unknown.
pub(crate) fn read(answer: &Answer, submission: &Submission) -> Submitted {
    let body = serde_json::from_slice::<Body>(&answer.body).ok().filter(|_| answer.status == 200);
    let Some(Body { messages }) = body else { return answer.by_status(submission) };
    let asked: HashMap<String, Msisdn> = submission
        .recipients()
        .iter()
        .map(|recipient| (MessageId::of(recipient).to_string(), recipient.msisdn))
        .collect();
    let messages = messages.into_iter().filter_map(|value| serde_json::from_value::<Message>(value).ok());
    let mut said =
        by_name(messages.filter_map(|message| Some((number(&message, &asked)?, verdict(message)))));
    conclude(submission, |recipient| said.remove(&recipient.msisdn).unwrap_or(Verdict::UNKNOWN))
}

/// The recipient of a message: by our id or, without one, by its number.
fn number(message: &Message, asked: &HashMap<String, Msisdn>) -> Option<Msisdn> {
    match &message.message_id {
        Some(id) => asked.get(id).copied(),
        None => Msisdn::parse_e164(message.destination.as_deref()?).ok(),
    }
}

fn verdict(message: Message) -> Verdict {
    let Status { id, name, group_id } = message.status;
    match codes::by_id(id) {
        Some(status) => status.meaning.verdict(status.name, message.message_id),
        None if group_id == codes::REJECTED_GROUP => {
            Meaning::Refused(RefusalReason::Unlisted).verdict(&codes::shown(&name), None)
        }
        None => Verdict::Outcome(SendOutcome::Unlisted { provider_code: codes::shown(&name) }),
    }
}

#[cfg(test)]
mod tests;
