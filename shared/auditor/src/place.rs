//! The place of a finding: ids and slots, never a phone number.

use std::fmt;

/// The place of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// The item is in no part of the tables that belongs to an organisation.
    Tables,
    /// The turns of a provider account.
    Account(String),
    /// An item of which an organisation has one.
    Organisation(String),
    Campaign {
        organisation: String,
        campaign: u64,
    },
    Batch {
        organisation: String,
        campaign: u64,
        /// Batch number within the campaign.
        batch: u32,
    },
    Slot {
        organisation: String,
        campaign: u64,
        batch: u32,
        /// The recipient's place within the batch.
        slot: u16,
    },
    /// An address book.
    Book {
        organisation: String,
        book: String,
    },
    /// A leaf of an address book's roster.
    Leaf {
        organisation: String,
        /// The book's id.
        book: String,
        leaf: u8,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => f.write_str("the tables"),
            Self::Account(account) => write!(f, "provider account {account}"),
            Self::Organisation(organisation) => write!(f, "organisation {organisation}"),
            Self::Campaign { organisation, campaign } => {
                write!(f, "organisation {organisation}, campaign {campaign}")
            }
            Self::Batch { organisation, campaign, batch } => {
                write!(f, "organisation {organisation}, campaign {campaign}, batch {batch}")
            }
            Self::Slot { organisation, campaign, batch, slot } => {
                write!(f, "organisation {organisation}, campaign {campaign}, batch {batch}, slot {slot}")
            }
            Self::Book { organisation, book } => write!(f, "organisation {organisation}, book {book}"),
            Self::Leaf { organisation, book, leaf } => {
                write!(f, "organisation {organisation}, book {book}, leaf {leaf:02x}")
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CampaignKey {
    pub organisation: String,
    pub campaign: u64,
}

impl CampaignKey {
    pub fn place(&self) -> Place {
        Place::Campaign { organisation: self.organisation.clone(), campaign: self.campaign }
    }

    pub fn batch(&self, batch: u32) -> Place {
        Place::Batch { organisation: self.organisation.clone(), campaign: self.campaign, batch }
    }

    pub fn slot(&self, batch: u32, slot: u16) -> Place {
        Place::Slot { organisation: self.organisation.clone(), campaign: self.campaign, batch, slot }
    }
}
