//! Where something was found: by ids and slots, never by a phone number.

use std::fmt;

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In no organisation's part of the tables.
    Tables,
    /// In the turns of a provider account.
    Account(String),
    /// Among what an organisation has one of.
    Organisation(String),
    Campaign {
        /// Whose it is.
        organisation: String,
        /// Its number.
        campaign: u64,
    },
    Batch {
        /// Whose it is.
        organisation: String,
        campaign: u64,
        /// Its number within the campaign.
        batch: u32,
    },
    /// At a recipient.
    Slot {
        /// Whose it is.
        organisation: String,
        campaign: u64,
        batch: u32,
        /// The recipient's place within the batch.
        slot: u16,
    },
    /// In an address book.
    Book {
        /// Whose it is.
        organisation: String,
        /// Its id.
        book: String,
    },
    /// In a leaf of an address book's roster.
    Leaf {
        /// Whose it is.
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
