//! The outcome of each recipient in an answer of Africa's Talking. It is pure and total: any bytes give one
//! outcome for each recipient, or "no recipient was taken".
//!
//! | answer | outcome |
//! |---|---|
//! | 201, a row with 100–102 | accepted |
//! | a row with 403, 404, 406, 407, 409, 502 | refused |
//! | a row with 500, 501 | put off: not taken, for a passing reason on their side |
//! | a row with 401, 402, 405 | not taken, and a fault of the account |
//! | those three and 500, 501 with a real message id | unknown: what has an id may yet go out |
//! | a row with an unlisted code from 400 on and no message id | refused (unlisted) |
//! | a row with any other unlisted code, or an unlisted `Message` of letters alone | unlisted: it may have been taken |
//! | no row, two that disagree, or one that cannot be read | unknown |
//! | 201, `Recipients` empty, a listed refusal as `Message` | that, for every recipient; 500, 501: not taken |
//! | 401 | the credentials; 429: throttled; other 4xx: the request |
//! | other 2xx, 5xx, anything unreadable | unknown for every recipient |

use std::collections::HashSet;

use domain::{
    msisdn::Msisdn,
    outcome::{RefusalReason, SendOutcome},
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    codes::{self, Code, Meaning},
    number::readings,
};
use crate::{
    answer::Answer,
    message_id,
    submission::Submission,
    submitted::Submitted,
    verdict::{Verdict, by_name, conclude},
};

/// Codes from here on are refusals.
const FIRST_REFUSAL: u64 = 400;

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "SMSMessageData")]
    data: MessageData,
}

#[derive(Deserialize)]
struct MessageData {
    #[serde(rename = "Message", default)]
    message: String,
    /// Parsed one by one, so that a malformed row does not make the others unreadable.
    #[serde(rename = "Recipients")]
    rows: Vec<Value>,
}

/// The result of the call. Recipients are found by their number; a missing one is unknown.
pub(crate) fn read(answer: &Answer, submission: &Submission) -> Submitted {
    let data = || serde_json::from_slice::<Body>(&answer.body).ok().map(|body| body.data);
    match (answer.status, data()) {
        (201, Some(data)) if data.rows.is_empty() => {
            let verdict = of_the_request(&data.message);
            conclude(submission, |_| verdict.clone())
        }
        (201, Some(data)) => conclude_rows(submission, &data.rows, |verdict| verdict),
        // Africa's Talking also documents 409 as the HTTP status of DoNotDisturbRejection.
        (409, Some(data)) if !data.rows.is_empty() => conclude_rows(submission, &data.rows, in_a_refusal),
        _ => answer.by_status(submission),
    }
}

fn conclude_rows(submission: &Submission, rows: &[Value], judge: impl Fn(Verdict) -> Verdict) -> Submitted {
    let asked: HashSet<Msisdn> = submission.recipients().iter().map(|recipient| recipient.msisdn).collect();
    let rows = rows.iter().filter_map(|value| Some((number(value, &asked)?, judge(verdict(value)))));
    let mut said = by_name(rows);
    conclude(submission, |recipient| said.remove(&recipient.msisdn).unwrap_or(Verdict::UNKNOWN))
}

/// An acceptance inside an answer that is not a success contradicts itself.
fn in_a_refusal(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::Outcome(SendOutcome::Accepted { .. }) => Verdict::UNKNOWN,
        refusal => refusal,
    }
}

/// The verdict of every recipient if the answer has no rows: then `Message` has the reason of a refusal. A success
/// without rows proves nothing. A temporary reason is about the request, not about its recipients.
fn of_the_request(message: &str) -> Verdict {
    match codes::by_word(message) {
        Some(Code { meaning: Meaning::Accepted, .. }) => Verdict::UNKNOWN,
        None if codes::is_word(message) => of_unlisted(codes::shown_word(message), false),
        None => Verdict::UNKNOWN,
        Some(Code { meaning: Meaning::NotNow, .. }) => Verdict::Outcome(SendOutcome::NotTaken),
        Some(code) => of_code(code, None),
    }
}

/// The recipient of a row: the reading of its number that is in the request.
fn number(row: &Value, asked: &HashSet<Msisdn>) -> Option<Msisdn> {
    let readings = readings(row.get("number")?.as_str()?, None);
    readings.into_iter().find(|number| asked.contains(number))
}

fn verdict(row: &Value) -> Verdict {
    let id = row.get("messageId").and_then(Value::as_str).and_then(message_id::parse);
    match (number_of(row.get("statusCode")), word_of(row)) {
        (Some(number), _) => codes::by_number(number).map_or_else(
            || of_unlisted(codes::shown_number(number), number >= FIRST_REFUSAL && id.is_none()),
            |code| of_code(code, id.clone()),
        ),
        // The oldest form of the answer has no code.
        (None, Some(word)) => codes::by_word(word).map_or_else(
            || of_unlisted(codes::shown_word(word), id.is_none()),
            |code| of_code(code, id.clone()),
        ),
        (None, None) => Verdict::UNKNOWN,
    }
}

/// A code, which SDKs have seen as a number and as text.
fn number_of(code: Option<&Value>) -> Option<u64> {
    match code? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// The word of a row without a code. If the row has a code that cannot be read, the word is not used either.
fn word_of(row: &Value) -> Option<&str> {
    row.get("status").filter(|_| row.get("statusCode").is_none())?.as_str()
}

fn of_code(code: Code, id: Option<String>) -> Verdict {
    match code.meaning {
        // Refused rows have "None" as their id. A row with a real id contradicts itself, and its message may still be
        // sent later.
        Meaning::NotNow | Meaning::Fault(_) if id.is_some() => Verdict::UNKNOWN,
        meaning => meaning.verdict(&code.number.to_string(), id),
    }
}

fn of_unlisted(provider_code: String, refusal: bool) -> Verdict {
    if refusal {
        Meaning::Refused(RefusalReason::Unlisted).verdict(&provider_code, None)
    } else {
        Verdict::Outcome(SendOutcome::Unlisted { provider_code })
    }
}

#[cfg(test)]
mod tests;
