//! Finds or erases one person, known by a phone number, in everything that an organisation has.
//!
//! Erasing opts the person out first, so that no campaign reaches them meanwhile and no import adds them to a send
//! again. Then it deletes their contacts, and removes the number from every campaign: the recipient keeps its slot, its
//! status and its price, so that counts and money do not change. Books that were just deleted and batches of sends that
//! were not accepted are searched too. The opt-out stays, so that the person is not sent to again.

use std::collections::BTreeSet;

use domain::{
    api_key::KeyMode,
    ids::{CampaignId, Slot},
    keys::{BatchKey, BookKey},
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource},
    organisation::Organisation,
    tariff::Tariff,
    timestamp::Timestamp,
};
use stores::{
    Changed, ListRequest, StoreError, Stores,
    accounts::{
        erasures::Erasure,
        opt_outs::{OptOut, RemovedOptOut},
    },
    books::{Book, Contact, EditError},
    campaigns::{BatchRecord, CampaignHeader, CampaignText},
};
use thiserror::Error;

/// All results, because an operator's export has no pages.
const ALL: u64 = u32::MAX as u64;

/// The stored data of a person.
pub struct Person {
    pub contacts: Vec<(Book, Contact)>,
    /// Contacts of deleted books, which the clock is about to remove.
    pub deleted_contacts: Vec<(Book, Contact)>,
    pub opt_out: Option<OptOut>,
    /// When the number was removed from the opt-outs, and by which API key.
    pub removals: Vec<RemovedOptOut>,
    /// Messages to the number that are still stored.
    pub messages: Vec<PersonMessage>,
    /// Batches with the number that no campaign names: of sends that were refused, crashed, or are being accepted.
    pub unaccepted: Vec<BatchKey>,
}

pub struct PersonMessage {
    pub header: CampaignHeader,
    /// The campaign's text, which is kept as long as its recipients.
    pub text: Option<CampaignText>,
    pub record: BatchRecord,
    pub slot: Slot,
}

/// Why a person was not found, or not completely erased.
#[derive(Debug, Error)]
pub enum PersonError {
    /// An address book could not be changed.
    #[error("an address book could not be changed; erase again: {0}")]
    Book(#[from] EditError),
    /// A table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Finds all data that an organisation has of a person.
///
/// # Errors
/// If a table does not answer.
pub async fn find_person(
    stores: &Stores,
    organisation: &Organisation,
    number: Msisdn,
) -> Result<Person, PersonError> {
    let id = organisation.id;
    let contacts = stores.books.contacts_with_phone(id, number, ListRequest::page(1, ALL)).await?.results;
    let mut deleted_contacts = Vec::new();
    for book in stores.books.deleted(id).await? {
        deleted_contacts.extend(stores.books.deleted_contact(book, number).await?);
    }
    let opt_out = stores.accounts.opt_outs.find(id, number).await?;
    let removals = stores.accounts.opt_outs.removals_of(id, number).await?;
    let mut messages = Vec::new();
    let headers = campaigns(stores, organisation).await?;
    let accepted = numbers_of(&headers);
    for header in headers {
        let Some(batch) = stores.campaigns.batch_of(&header, number).await? else { continue };
        let Some(record) = stores.campaigns.batch(batch).await? else { continue };
        if let Some(slot) = record.plan.slot_of(number) {
            let text = stores.campaigns.text(header.key).await?;
            messages.push(PersonMessage { header, text, record, slot });
        }
    }
    let mut unaccepted = Vec::new();
    for batch in stores.campaigns.unaccepted_batches_of(id, &accepted, number).await? {
        let plan = stores.campaigns.plan(batch).await?;
        unaccepted.extend(plan.and_then(|plan| plan.slot_of(number)).map(|_| batch));
    }
    Ok(Person { contacts, deleted_contacts, opt_out, removals, messages, unaccepted })
}

/// Erases a person from all data of an organisation except the opt-out, and records the erasure. Repeating it completes
/// an erasure that was cut short.
///
/// # Errors
/// If a table does not answer, or another edit of a book is under way.
pub async fn erase_person(
    stores: &Stores,
    organisation: &Organisation,
    number: Msisdn,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<Erasure, PersonError> {
    let id = organisation.id;
    let origin = OptOutOrigin::new(OptOutSource::Organisation, None, now);
    stores.accounts.opt_outs.add(id, &[number], &origin).await?;
    stores.accounts.opt_outs.erase_from_removals(id, number).await?;
    let contacts = delete_contacts(stores, organisation, number, now).await?;
    let headers = campaigns(stores, organisation).await?;
    let mut messages = 0;
    for header in &headers {
        let Some(text) = stores.campaigns.text(header.key).await? else { continue };
        let Some(batch) = stores.campaigns.batch_of(header, number).await? else { continue };
        let prefix = prefix(&text.tariff, number);
        messages += u64::from(stores.campaigns.erase_recipient(batch, prefix, number).await?);
    }
    let mut unaccepted_sends = 0;
    let prefix = prefix(&organisation.tariff, number);
    for batch in stores.campaigns.unaccepted_batches_of(id, &numbers_of(&headers), number).await? {
        unaccepted_sends += u64::from(stores.campaigns.erase_recipient(batch, prefix, number).await?);
    }
    let reason = reason.map(str::to_owned);
    let erasure = Erasure { erased_at: now, contacts, messages, unaccepted_sends, reason };
    stores.accounts.erasures.record(id, &erasure).await?;
    Ok(erasure)
}

fn numbers_of(headers: &[CampaignHeader]) -> BTreeSet<CampaignId> {
    headers.iter().map(|header| header.key.campaign).collect()
}

/// The prefix that gives the price of a message to a number; empty if there is none.
fn prefix(tariff: &Tariff, number: Msisdn) -> &str {
    tariff.price(number).map_or("", |price| &price.prefix)
}

/// Every campaign of an organisation, including test campaigns.
async fn campaigns(stores: &Stores, organisation: &Organisation) -> Result<Vec<CampaignHeader>, StoreError> {
    let mut headers = Vec::new();
    for mode in [KeyMode::Live, KeyMode::Test] {
        let page = stores.campaigns.list(organisation.id, mode, |_| true, ListRequest::page(1, ALL)).await?;
        headers.extend(page.results);
    }
    Ok(headers)
}

async fn delete_contacts(
    stores: &Stores,
    organisation: &Organisation,
    number: Msisdn,
    now: Timestamp,
) -> Result<u64, PersonError> {
    let mut deleted = 0;
    for (book, contact) in
        stores.books.contacts_with_phone(organisation.id, number, ListRequest::page(1, ALL)).await?.results
    {
        let key = BookKey { organisation: organisation.id, book: book.id };
        if stores.books.delete_contact(key, contact.id, now).await? == Changed::Done {
            deleted += 1;
        }
    }
    for book in stores.books.deleted(organisation.id).await? {
        if stores.books.erase_from_deleted(book, number, now).await? == Changed::Done {
            deleted += 1;
        }
    }
    Ok(deleted)
}
