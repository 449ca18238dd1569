//! The outcome of the one recipient in an answer of AWS End User Messaging SMS. Pure, and total.
//!
//! | answer | outcome |
//! |---|---|
//! | 200 with a `MessageId` | accepted |
//! | 4xx with a listed error | the meaning in [`codes`] of its name and reason |
//! | a field that was found invalid | its recipient or its text refused, if the field is one of these |
//! | any other 4xx | by its HTTP status |
//! | other 2xx, 5xx, anything unreadable | unknown: there is no idempotency token |

use domain::outcome::RefusalReason;
use serde::Deserialize;

use super::codes;
use crate::{answer::Answer, meaning::Meaning, message_id, verdict::Verdict};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Taken {
    message_id: String,
}

#[derive(Deserialize)]
pub(super) struct Problem {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(rename = "Reason")]
    reason: Option<String>,
    #[serde(rename = "ResourceType")]
    resource: Option<String>,
    #[serde(rename = "Fields", default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(rename = "Name")]
    name: String,
}

impl Problem {
    /// The name without its namespace.
    pub fn error(&self) -> &str {
        self.kind.rsplit('#').next().unwrap_or_default()
    }

    /// The exception's reason, or the type of a resource that was not found.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref().or(self.resource.as_deref())
    }

    /// The meaning of an invalid field, if the field is about the recipient or the text.
    fn of_fields(&self) -> Option<Meaning> {
        let named = |name: &str| self.fields.iter().any(|field| field.name.eq_ignore_ascii_case(name));
        match self.error() {
            "ValidationException" if named("DestinationPhoneNumber") => {
                Some(Meaning::Refused(RefusalReason::InvalidNumber))
            }
            "ValidationException" if named("MessageBody") => Some(Meaning::Refused(RefusalReason::TooLong)),
            _ => None,
        }
    }
}

/// The verdict of the recipient; `None` if the answer's HTTP status is all that it says.
pub(crate) fn read(answer: &Answer) -> Option<Verdict> {
    match answer.status {
        200 => {
            let taken: Taken = serde_json::from_slice(&answer.body).ok()?;
            Some(Meaning::Accepted.verdict("", Some(message_id::parse(&taken.message_id)?)))
        }
        // A gateway may give 408 after it passed the request on.
        400..=407 | 409..=499 => {
            let problem: Problem = serde_json::from_slice(&answer.body).ok()?;
            let (error, reason) = (problem.error(), problem.reason());
            let meaning = problem.of_fields().or_else(|| Some(codes::find(error, reason)?.meaning))?;
            Some(meaning.verdict(&codes::shown(error, reason), None))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
