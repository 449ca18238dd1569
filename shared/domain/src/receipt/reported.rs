//! Delivery reports of a message.

use crate::delivery::DeliveryStatus;

/// A provider's report of an accepted message. Ordered: the highest report counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Reported {
    /// The message is on its way; not final.
    InTransit,
    /// Finally not delivered.
    Undelivered,
    /// Delivered to the handset.
    Delivered,
}

impl Reported {
    /// Every report; the place in this list is its stored form.
    pub const ALL: [Self; 3] = [Self::InTransit, Self::Undelivered, Self::Delivered];

    /// A recipient's status from the dispatcher's and the reported one. If the recipient was refused, dropped or not
    /// handed over, no report changes its status; the report may be early.
    pub const fn fold_into(self, dispatched: DeliveryStatus) -> DeliveryStatus {
        match (dispatched, self) {
            (DeliveryStatus::Sent | DeliveryStatus::Unconfirmed, Self::Delivered) => {
                DeliveryStatus::Delivered
            }
            (DeliveryStatus::Sent | DeliveryStatus::Unconfirmed, Self::Undelivered) => {
                DeliveryStatus::Undelivered
            }
            (DeliveryStatus::Unconfirmed, Self::InTransit) => DeliveryStatus::Sent,
            (other, _) => other,
        }
    }
}

/// A report, normalised from a provider's own.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct DeliveryReceipt {
    pub reported: Reported,
    /// The provider's failure code, if it gave one.
    pub code: Option<String>,
    /// The network that reported, by its MCC-MNC or the provider's code, if it gave one.
    pub network: Option<String>,
}

/// Longest code or network name that is kept. Providers' own are far shorter, but a report is untrusted input.
pub const MAX_WORD_BYTES: usize = 40;

impl DeliveryReceipt {
    /// A receipt with its words cut to [`MAX_WORD_BYTES`] of printable ASCII.
    pub fn new(reported: Reported, code: Option<&str>, network: Option<&str>) -> Self {
        Self { reported, code: code.and_then(clean), network: network.and_then(clean) }
    }
}

fn clean(word: &str) -> Option<String> {
    let kept: String = word.chars().filter(char::is_ascii_graphic).take(MAX_WORD_BYTES).collect();
    (!kept.is_empty()).then_some(kept)
}
