//! The content of queue messages.

use std::iter;

use domain::{
    ids::AccountName,
    keys::{BatchKey, MessageKey},
    receipt::{DeliveryReceipt, Reported},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The version of the message form. A reader rejects a newer one and leaves it in the queue.
pub const FORM: u32 = 1;

/// The content of a message.
pub trait Task: Serialize + DeserializeOwned {}

/// Dispatch a batch.
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
    /// The message that the report is about, or may be about: see [`Self::is_found_by_number`].
    pub message: MessageKey,
    /// The account whose provider reports.
    pub account: AccountName,
    pub provider_message_id: Option<String>,
    /// See [`Self::of_hand_over`].
    pub times_put_off: Option<u8>,
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
    /// A report about a recipient that the provider named by our own reference.
    pub fn new(
        message: MessageKey,
        account: AccountName,
        provider_message_id: Option<String>,
        receipt: DeliveryReceipt,
    ) -> Self {
        let reported = match receipt.reported {
            Reported::InTransit => ReportedWord::InTransit,
            Reported::Undelivered => ReportedWord::Undelivered,
            Reported::Delivered => ReportedWord::Delivered,
        };
        let DeliveryReceipt { code, network, .. } = receipt;
        Self {
            message,
            account,
            provider_message_id,
            times_put_off: None,
            reported,
            code,
            network,
            elsewhere: None,
        }
    }

    /// A copy of the report for one hand-over, if the provider says how often the recipient had been put off before it.
    pub fn of_hand_over(self, times_put_off: Option<u8>) -> Self {
        Self { times_put_off, ..self }
    }

    /// A copy of a report whose provider named only the number, if `elsewhere` was sent to that number too. The
    /// journals decide by their provider ids which message it is about.
    pub fn found_by_number(self, elsewhere: Vec<MessageKey>) -> Self {
        Self { elsewhere: Some(elsewhere), ..self }
    }

    /// Whether the report may be about another message than `message`.
    pub const fn is_found_by_number(&self) -> bool {
        self.elsewhere.is_some()
    }

    /// Every message that it may be about.
    pub fn messages(&self) -> impl Iterator<Item = MessageKey> + '_ {
        iter::once(self.message).chain(self.elsewhere.iter().flatten().copied())
    }

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

/// A message that no version can read, to be logged and acknowledged. Contains nothing of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PoisonError {
    /// The body is not a message of this product.
    #[error("the message cannot be read")]
    Unreadable,
    /// A newer version wrote the message.
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
    fn a_task_is_decoded_as_it_was_encoded_and_has_ids_only() {
        let task = BatchTask { batch: message(84).batch };
        let body = encode(&task).unwrap();
        assert_eq!(body, r#"{"v":1,"task":{"batch":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3"}}"#);
        assert_eq!(decode(&body), Ok(task));
    }

    #[test]
    fn a_report_found_by_number_names_every_message_it_may_be_about() {
        let receipt = DeliveryReceipt::new(Reported::Delivered, None, Some("63902"));
        let account = AccountName::new("at-ke");
        let named = ReportTask::new(message(84), account, Some("ATXid_1".to_owned()), receipt);
        let first = r#"{"v":1,"task":{"message":"3f8e2d1a7c4d4e1ab3f29d8e2c1a4b5f.84.3.5","account":"at-ke","provider_message_id":"ATXid_1","times_put_off":null,"reported":"delivered","code":null,"network":"63902","elsewhere":null}}"#;
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
    fn an_unreadable_message_and_a_newer_form_are_different_errors() {
        assert_eq!(decode::<BatchTask>("hello"), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":1,"task":{}}"#), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":2,"job":{}}"#), Err(PoisonError::UnknownForm(2)));
    }
}
