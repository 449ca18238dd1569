//! One recipient's row, in JSON and in CSV.

use domain::{
    delivery::DeliveryStatus,
    ids::Slot,
    money::{Currency, Money},
    msisdn::Msisdn,
    network,
    organisation::Organisation,
};
use serde::{Serialize, Serializer};
use stores::campaigns::{BatchRecord, CampaignHeader, CampaignText};
use uuid::Uuid;

use super::reasons::UNDELIVERED;
use crate::shown;

/// A recipient's message in an answer.
#[derive(Serialize)]
pub struct MessageRow {
    pub id: Uuid,
    /// `None` if the person was erased.
    pub mobile: Option<String>,
    pub sender_id: String,
    pub status: &'static str,
    pub network: Option<String>,
    pub provider_message_id: Option<String>,
    pub error_code: Option<String>,
    pub error: Option<String>,
    pub parts: u8,
    /// The amount that was charged for it, or is still reserved. Over a finished campaign's messages these add up to
    /// `charged` and the money that waits for reports.
    pub cost: Cost,
    /// When the status was stored: the time of the hand-over's outcome or, for a status from a report, the last time
    /// that reports of its batch of a thousand were written, which may be later than the status. A time for each
    /// message would cost more than its report.
    pub updated_at: String,
}

/// The cost of a message: in JSON with the currency in front, in CSV with the currency in another column.
#[derive(Clone, Copy)]
pub struct Cost {
    pub currency: Currency,
    pub amount: Money,
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.currency.show(self.amount))
    }
}

/// The row of a slot; `None` if the batch has no such slot.
pub fn row(
    organisation: &Organisation,
    header: &CampaignHeader,
    text: &CampaignText,
    record: &BatchRecord,
    slot: Slot,
) -> Option<MessageRow> {
    let state = record.progress.slots().get(usize::from(slot))?;
    let status = record.status(slot)?;
    let message = header.key.batch(record.plan.number()).message(slot);
    let receipt = record.sheet.get(slot);
    let reported_at = record.head.reports_at.filter(|_| status != state.status);
    let cause = state.cause.as_ref().filter(|_| status == state.status);
    let report_code = receipt.filter(|_| status == DeliveryStatus::Undelivered).and_then(|r| r.code.clone());
    let report_error = (status == DeliveryStatus::Undelivered).then_some(UNDELIVERED);
    let is_paid = record.head.money().is_paid(status, record.unpaid.contains(&slot));
    let cost = record.plan.cost(slot, text.price()).filter(|_| is_paid).unwrap_or(Money::ZERO);
    Some(MessageRow {
        id: message.to_uuid(),
        mobile: record.plan.recipient(slot).map(Msisdn::digits),
        sender_id: header.sender.to_string(),
        status: status.as_str(),
        network: receipt.and_then(|r| r.network.as_deref()).map(|code| network::name(code).to_owned()),
        provider_message_id: state.provider_message_id.clone(),
        error_code: report_code.or_else(|| cause.map(|cause| cause.code().to_owned())),
        error: report_error.or_else(|| cause.map(|cause| cause.sentence())).map(str::to_owned),
        parts: text.message.segments().get(),
        cost: Cost { currency: organisation.currency, amount: header.mode.moves(cost) },
        updated_at: shown::time(organisation, reported_at.or(state.since).unwrap_or(header.created_at)),
    })
}
