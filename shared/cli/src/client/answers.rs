//! The parts of the API's answers that the tools use.

use domain::ids::{BookId, CampaignId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A page of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct Page<T> {
    /// The number of results on all pages.
    pub total: u64,
    pub total_pages: u64,
    /// The address of the next page, if there is one.
    #[serde(default)]
    pub next: Option<String>,
    /// The results of this page.
    pub results: Vec<T>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct AddressBook {
    pub id: BookId,
    pub name: String,
    /// Contacts, including those without a phone.
    pub contact_count: u64,
}

/// The result of an import.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ImportSummary {
    /// Rows, good and bad.
    pub received: u64,
    /// New contacts.
    pub added: u64,
    /// Contacts that were in the book before.
    pub updated: u64,
    /// Updated rows that changed nothing.
    pub unchanged: u64,
    /// Rows that repeat another of the same request.
    pub duplicates: u64,
    /// Bad rows.
    pub invalid_count: u64,
    /// The first invalid rows, as many as the request asks for.
    pub invalid: Vec<NamedRow>,
    /// Contacts whose notes were too long and are cut.
    pub notes_cut: u64,
    /// Contacts whose numbers cannot get texts.
    #[serde(default)]
    pub not_mobile: u64,
}

/// A row that is not a contact.
#[derive(Clone, Debug, Deserialize)]
pub struct NamedRow {
    /// Position in the request, from 1, without header and blank rows.
    pub row: u64,
    /// The number as it is written.
    pub phone: Option<String>,
    pub reason: String,
}

/// An accepted send, or an estimate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SendAnswer {
    /// Absent in the answer to a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign_id: Option<CampaignId>,
    /// Unique phone numbers.
    pub recipients_count: u64,
    /// With the currency, such as `KES 35.00`.
    pub estimated_cost: String,
    /// Segments a recipient.
    pub message_parts: u64,
    /// Contacts that are not recipients, by reason.
    pub skipped: Skipped,
    /// The fields that only `--json` passes on.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

/// Contacts that are not recipients, by reason.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Skipped {
    /// The same number in several books.
    pub duplicate: u64,
    /// Contacts without a phone.
    pub no_phone: u64,
    /// Contacts who have opted out.
    pub opted_out: u64,
    /// The reasons that only `--json` passes on.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct ListedCampaign {
    pub campaign_id: CampaignId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignStatus {
    pub campaign_id: CampaignId,
    /// `queued`, `running`, `completed` and so on.
    pub status: String,
    pub recipients_count: u64,
    /// Accepted by the provider, delivered and undelivered ones included.
    pub sent_count: u64,
    /// Refused, or given up.
    pub failed_count: u64,
    /// Reported as delivered.
    pub delivered_count: u64,
    /// Reported as not delivered.
    pub undelivered_count: u64,
    /// Handed over, with an unknown outcome.
    pub unconfirmed_count: u64,
    /// Recipients not handed over because of a cancellation or an opt-out.
    pub cancelled_count: u64,
    /// The amount charged, with the currency.
    pub charged: String,
    /// The amount refunded, with the currency.
    pub refunded: String,
    /// Why it is paused, if it is.
    #[serde(default)]
    pub pause_reason: Option<String>,
    /// Why no recipient is handed over at present, if the campaign goes on by itself.
    #[serde(default)]
    pub waiting: Option<Waiting>,
    /// Batches that are damaged and wait for an operator.
    #[serde(default)]
    pub batches_set_aside: u64,
    /// The fields that only `--json` passes on.
    #[serde(flatten)]
    pub further: Map<String, Value>,
}

/// Why a campaign waits for the provider or the operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// A stable word.
    pub reason: String,
    /// Since when, if it is known.
    pub since: Option<String>,
    /// When sending may go on at the earliest, if it goes on by itself.
    pub next_try_at: Option<String>,
    /// The reason as a sentence.
    pub detail: String,
}

impl CampaignStatus {
    /// Recipients that are no longer queued.
    pub const fn settled(&self) -> u64 {
        self.sent_count + self.failed_count + self.unconfirmed_count + self.cancelled_count
    }

    /// Whether no more recipients will be handed over.
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "completed" | "failed" | "cancelled")
    }

    /// Whether it waits to be resumed.
    pub fn is_paused(&self) -> bool {
        self.status == "paused"
    }
}
