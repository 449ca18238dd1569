//! The content of queue messages.

use std::iter;

use domain::{
    keys::{BatchKey, MessageKey},
    receipt::{DeliveryReceipt, Reported},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The form that messages are written in. A reader refuses a newer one and leaves it in the queue.
pub const FORM: u32 = 1;

/// The content of a message.
pub trait Task: Serialize + DeserializeOwned {}

/// Take up a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchTask {
    pub batch: BatchKey,
}

impl Task for BatchTask {}

/// Apply a delivery report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportTask {
    /// The message that it is about, or may be about: see [`Self::is_found_by_number`].
    pub message: MessageKey,
    /// The provider's name for the message.
    pub provider_message_id: Option<String>,
    reported: ReportedWord,
    code: Option<String>,
    network: Option<String>,
    /// See [`Self::found_by_number`].
    elsewhere: Option<Vec<MessageKey>>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReportedWord {
    InTransit,
    Undelivered,
    Delivered,
}

impl Task for ReportTask {}

impl ReportTask {
    /// A report for a recipient, which the provider named by our own reference.
    pub fn new(message: MessageKey, provider_message_id: Option<String>, receipt: DeliveryReceipt) -> Self {
        let reported = match receipt.reported {
            Reported::InTransit => ReportedWord::InTransit,
            Reported::Undelivered => ReportedWord::Undelivered,
            Reported::Delivered => ReportedWord::Delivered,
        };
        let DeliveryReceipt { code, network, .. } = receipt;
        Self { message, provider_message_id, reported, code, network, elsewhere: None }
    }

    /// The same, if the provider named nothing but the number, and these were sent to it too: which of
    /// all it is about, the ids say that their journals know.
    pub fn found_by_number(self, elsewhere: Vec<MessageKey>) -> Self {
        Self { elsewhere: Some(elsewhere), ..self }
    }

    /// Whether it may be about another message than the one it names.
    pub const fn is_found_by_number(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// Every message that it may be about.
    pub fn messages(&self) -> impl Iterator<Item = MessageKey> + '_ {
        iter::once(self.message).chain(self.elsewhere.iter().flatten().copied())
    }

    /// What is reported.
    pub fn receipt(&self) -> DeliveryReceipt {
        let reported = match self.reported {
            ReportedWord::InTransit => Reported::InTransit,
            ReportedWord::Undelivered => Reported::Undelivered,
            ReportedWord::Delivered => Reported::Delivered,
        };
        DeliveryReceipt::new(reported, self.code.as_deref(), self.network.as_deref())
    }
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    task: T,
}

/// A message that cannot be understood, now or later: to be recorded and acknowledged. Says nothing of
/// its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PoisonError {
    /// Not a message of ours.
    #[error("the message cannot be read")]
    Unreadable,
    /// Written by code newer than this.
    #[error("the message has the unknown form {0}")]
    UnknownForm(u32),
}

/// A task as a message's body.
pub(crate) fn encode<T: Task>(task: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope { v: FORM, task })
}

/// Reads a message's body.
pub fn decode<T: Task>(body: &str) -> Result<T, PoisonError> {
    #[derive(Deserialize)]
    struct Form {
        v: u32,
    }
    match serde_json::from_str::<Form>(body) {
        Ok(Form { v: FORM }) => {}
        Ok(Form { v }) => return Err(PoisonError::UnknownForm(v)),
        Err(_) => return Err(PoisonError::Unreadable),
    }
    serde_json::from_str::<Envelope<T>>(body).map(|message| message.task).map_err(|_| PoisonError::Unreadable)
}

#[cfg(test)]
mod tests {
    use domain::{ids::CampaignId, keys::CampaignKey};

    use super::*;

    fn message(campaign: u64) -> MessageKey {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let campaign = CampaignKey { organisation, campaign: CampaignId::new(campaign).unwrap() };
        campaign.batch(3).message(5)
    }

    #[test]
    fn a_task_comes_back_and_holds_ids_only() {
        let task = BatchTask { batch: message(84).batch };
        let body = encode(&task).unwrap();
        assert_eq!(body, r#"{"v":1,"task":{"batch":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3"}}"#);
        assert_eq!(decode(&body), Ok(task));
    }

    #[test]
    fn a_report_found_by_number_says_which_other_messages_it_may_be_about() {
        let receipt = DeliveryReceipt::new(Reported::Delivered, None, Some("63902"));
        let named = ReportTask::new(message(84), Some("ATXid_1".to_owned()), receipt);
        let first = r#"{"v":1,"task":{"message":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.5","provider_message_id":"ATXid_1","reported":"delivered","code":null,"network":"63902","elsewhere":null}}"#;
        assert_eq!(encode(&named).unwrap(), first);
        assert_eq!(decode(first), Ok(named.clone()));
        let found = named.found_by_number(vec![message(85)]);
        let second = first
            .replace(r#""elsewhere":null"#, r#""elsewhere":["3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.85.3.5"]"#);
        assert_eq!(encode(&found).unwrap(), second);
        assert_eq!(decode(&second), Ok(found.clone()));
        assert_eq!(found.messages().collect::<Vec<_>>(), [message(84), message(85)]);
        assert_eq!(decode::<ReportTask>(r#"{"v":2,"job":{}}"#), Err(PoisonError::UnknownForm(2)));
    }

    #[test]
    fn poison_is_told_from_news() {
        assert_eq!(decode::<BatchTask>("hello"), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":1,"task":{}}"#), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":2,"job":{}}"#), Err(PoisonError::UnknownForm(2)));
    }
}
