//! What stands in a message.

use domain::{
    ids::{BatchNumber, CampaignId, OrganisationId, Slot},
    receipt::{DeliveryReceipt, Reported},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use thiserror::Error;

/// The form that messages are written in.
const FORM: u32 = 1;

/// Take up a batch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchTask {
    /// Whose campaign it is.
    pub organisation: OrganisationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The batch.
    pub batch: BatchNumber,
}

/// Apply a delivery report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportTask {
    /// Whose campaign it is.
    pub organisation: OrganisationId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The batch.
    pub batch: BatchNumber,
    /// The recipient.
    pub slot: Slot,
    /// The provider's name for the message.
    pub provider_message_id: Option<String>,
    reported: ReportedWord,
    code: Option<String>,
    network: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReportedWord {
    InTransit,
    Undelivered,
    Delivered,
}

impl ReportTask {
    /// A report for a recipient.
    pub fn new(
        organisation: OrganisationId,
        message: domain::ids::MessageId,
        provider_message_id: Option<String>,
        receipt: DeliveryReceipt,
    ) -> Self {
        let reported = match receipt.reported {
            Reported::InTransit => ReportedWord::InTransit,
            Reported::Undelivered => ReportedWord::Undelivered,
            Reported::Delivered => ReportedWord::Delivered,
        };
        let domain::ids::MessageId { campaign, batch, slot } = message;
        let DeliveryReceipt { code, network, .. } = receipt;
        Self { organisation, campaign, batch, slot, provider_message_id, reported, code, network }
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
/// what stands in it.
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
pub(crate) fn encode<T: Serialize>(task: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Envelope { v: FORM, task })
}

/// Reads a message's body.
pub fn decode<T: DeserializeOwned>(body: &str) -> Result<T, PoisonError> {
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
    use super::*;

    #[test]
    fn a_task_comes_back_and_holds_ids_only() {
        let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
        let task = BatchTask { organisation, campaign: CampaignId::new(84).unwrap(), batch: 3 };
        let body = encode(&task).unwrap();
        let expected = r#"{"v":1,"task":{"organisation":"3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f","campaign":84,"batch":3}}"#;
        assert_eq!(body, expected);
        assert_eq!(decode(&body), Ok(task));
    }

    #[test]
    fn poison_is_told_from_news() {
        assert_eq!(decode::<BatchTask>("hello"), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":1,"task":{}}"#), Err(PoisonError::Unreadable));
        assert_eq!(decode::<BatchTask>(r#"{"v":2,"job":{}}"#), Err(PoisonError::UnknownForm(2)));
    }
}
