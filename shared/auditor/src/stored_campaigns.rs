//! The campaigns that an audit read, for a caller with other evidence: the tests compare them with the messages that a
//! provider took and the calls that the functions made.
//!
//! [`Auditor::audit`](crate::Auditor::audit) does not keep them, so its memory does not grow with recipients.

use std::fmt;

use crate::forms::status::Status;

/// Every campaign whose header the audit found.
#[derive(Clone, Debug, Default)]
pub struct StoredCampaigns {
    /// Sorted by organisation, then in the order of the audit.
    pub campaigns: Vec<Campaign>,
}

#[derive(Clone, Debug)]
pub struct Campaign {
    /// The organisation's id.
    pub organisation: String,
    /// The campaign's number.
    pub campaign: u64,
    /// False for a campaign of a test key, and if the header could not be read.
    pub is_live: bool,
    /// Empty if the campaign is past its retention, was moving all the time, or could not be read.
    pub batches: Vec<Batch>,
}

#[derive(Clone, Debug)]
pub struct Batch {
    /// Batch number within the campaign.
    pub number: u32,
    /// Stored items of its partition: plan, head, journal records.
    pub items: u64,
    /// By slot; `None` if the stored items contradict each other or cannot be read.
    pub recipients: Option<Vec<Recipient>>,
}

/// A recipient of a batch. Its `Debug` leaves the phone number out.
#[derive(Clone, Copy)]
pub struct Recipient {
    /// The phone number's digits, without the plus; `None` if the person was erased.
    pub number: Option<u64>,
    /// The status by the journal, without reports.
    pub submitted: Status,
    /// The status that customers see, with reports.
    pub shown: Status,
    /// A worker submitted it and recorded no outcome yet.
    pub is_in_flight: bool,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { submitted, shown, is_in_flight, .. } = self;
        f.debug_struct("Recipient")
            .field("submitted", submitted)
            .field("shown", shown)
            .field("is_in_flight", is_in_flight)
            .finish_non_exhaustive()
    }
}
