//! Setting up an organisation.

use domain::{
    money::{Currency, Money},
    organisation::{DEFAULT_RATE_LIMIT, DEFAULT_TEST_RECIPIENTS, NotMobile, Organisation},
    sender_id::SenderId,
    tariff::{Price, Tariff, TariffError},
    timestamp::{Millis, Offset},
};
use numbering::{HomeCountry, HomeCountryError};
use stores::{Creation, StoreError, Stores};
use thiserror::Error;

use super::{Slug, SlugError};

/// The most sender ids of one organisation, so that replacing all of them fits into one transaction of DynamoDB, of at
/// most a hundred items.
pub const MAX_SENDERS: usize = 49;

/// An organisation as an operator describes it.
#[derive(Clone, Debug)]
pub struct NewOrganisation {
    pub name: String,
    /// Made from the name if absent.
    pub slug: Option<Slug>,
    /// The currency of its wallet and prices.
    pub currency: Currency,
    /// ISO 3166 alpha-2: numbers without a country code are read as of this country.
    pub home_country: String,
    /// The offset from UTC in which its times are shown.
    pub offset: Offset,
    /// Sender ids that it may use; the first is the default.
    pub senders: Vec<SenderId>,
    /// A destination without a price cannot be sent to.
    pub prices: Vec<Price>,
    /// Requests a minute, if it is not the usual number.
    pub rate_limit: Option<u32>,
    /// Most that campaigns accepted on one day may cost together.
    pub daily_spend_cap: Option<Money>,
    /// How long a repetition of the same text to the same books is refused.
    pub duplicate_window: Option<Millis>,
    pub not_mobile: NotMobile,
}

/// Why an organisation could not be created or changed.
#[derive(Debug, Error)]
pub enum OrganisationError {
    /// No slug can be made from its name.
    #[error("no slug can be made from the name; name one with --slug, which {0}")]
    Slug(SlugError),
    /// Another organisation has the slug.
    #[error("the slug {0} is taken")]
    SlugTaken(Slug),
    /// A sender id or a price to remove does not exist.
    #[error("the organisation has no {kind} {name}")]
    NotThere {
        /// The kind of the item to remove.
        kind: &'static str,
        /// The name of the item to remove.
        name: String,
    },
    /// The organisation did not exist any more when the change was written.
    #[error("the organisation no longer exists")]
    Gone,
    /// One transaction could not write all senders.
    #[error("an organisation can have at most {MAX_SENDERS} sender ids")]
    TooManySenders,
    /// The organisation would be left without a sender id.
    #[error("an organisation needs a sender id")]
    NoSender,
    /// The prices contradict each other.
    #[error(transparent)]
    Tariff(#[from] TariffError),
    #[error("the home country is not valid")]
    HomeCountry(#[from] HomeCountryError),
    /// The table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NewOrganisation {
    /// Checks the new organisation.
    ///
    /// # Errors
    /// If one of its fields cannot be used.
    pub fn build(self) -> Result<(Slug, Organisation), OrganisationError> {
        let slug =
            self.slug.map_or_else(|| Slug::of_name(&self.name), Ok).map_err(OrganisationError::Slug)?;
        HomeCountry::parse(&self.home_country)?;
        let senders = distinct(self.senders);
        if senders.len() > MAX_SENDERS {
            return Err(OrganisationError::TooManySenders);
        }
        let default_sender = senders.first().cloned().ok_or(OrganisationError::NoSender)?;
        let organisation = Organisation {
            id: slug.organisation_id(),
            name: self.name,
            slug: slug.to_string(),
            currency: self.currency,
            home_country: self.home_country,
            offset: self.offset,
            default_sender,
            senders,
            tariff: Tariff::new(self.prices)?,
            rate_limit: self.rate_limit.unwrap_or(DEFAULT_RATE_LIMIT),
            daily_spend_cap: self.daily_spend_cap,
            daily_test_recipients: DEFAULT_TEST_RECIPIENTS,
            duplicate_window: self.duplicate_window,
            not_mobile: self.not_mobile,
        };
        Ok((slug, organisation))
    }
}

fn distinct(named: Vec<SenderId>) -> Vec<SenderId> {
    let mut senders = Vec::with_capacity(named.len());
    for sender in named {
        if !senders.contains(&sender) {
            senders.push(sender);
        }
    }
    senders
}

/// Sets up an organisation, with an empty wallet and without a key.
///
/// # Errors
/// If it cannot be used as described, its slug is taken, or the table does not answer.
pub async fn create_organisation(
    stores: &Stores,
    new: NewOrganisation,
) -> Result<Organisation, OrganisationError> {
    let (slug, organisation) = new.build()?;
    match stores.accounts.organisations.create(&organisation).await? {
        Creation::Created => Ok(organisation),
        Creation::IdTaken => Err(OrganisationError::SlugTaken(slug)),
    }
}
