//! The customers of a run: organisations with keys, books and money, and the confirmations that they got.

use std::{collections::BTreeMap, sync::Mutex};

use domain::{
    api_key::{ApiKey, KeyMode, KeyRecord},
    ids::{BookId, KeyId, OrganisationId},
    keys::BookKey,
    money::{Currency, Money},
    msisdn::Msisdn,
    organisation::{NotMobile, Organisation},
    phone::Phone,
    sender_id::SenderId,
    tariff::{Price, Tariff},
    timestamp::{Offset, Timestamp},
};
use stores::{
    Creation, Stores,
    books::{Book, ContactDraft},
};

use crate::{chance::Chance, shape::Shape};

/// A segment's price, in ten-thousandths.
pub const PRICE: i64 = 10_000;
/// Numbers to draw from, for each contact: few enough that books overlap.
const CROWD: u64 = 2;
const FIRST_NUMBER: u64 = 254_711_500_000;

/// An organisation and its confirmations.
pub struct Customer {
    pub id: OrganisationId,
    pub key: ApiKey,
    pub books: [BookId; 2],
    /// How many different numbers its books can have.
    pub crowd: u64,
    pub confirmed: Mutex<Confirmed>,
}

/// The results that were answered to a customer, who may rely on them.
#[derive(Clone, Default)]
pub struct Confirmed {
    /// Campaigns and their recipients, by the idempotency key of the request.
    pub accepted: BTreeMap<String, (u64, u64)>,
    /// Top-ups by their reference.
    pub top_ups: BTreeMap<String, i64>,
    /// Corrections by their reference.
    pub corrections: BTreeMap<String, i64>,
}

impl Customer {
    /// A book of this customer's.
    pub const fn book(&self, book: BookId) -> BookKey {
        BookKey { organisation: self.id, book }
    }

    /// Sets one up, with money for a campaign or two.
    pub async fn set_up(stores: &Stores, shape: &Shape, chance: &mut Chance, now: Timestamp) -> Self {
        let id = OrganisationId(chance.uuid());
        let created = stores.accounts.organisations.create(&organisation(id)).await.unwrap();
        assert_eq!(created, Creation::Created);
        let opening = PRICE * chance.between(1, 4 * shape.contacts) as i64;
        let amount = Money::from_ten_thousandths(opening);
        stores.accounts.wallets.top_up(id, "opening", amount, now).await.unwrap();
        let key = ApiKey::generate(KeyMode::Live, &chance.bytes());
        stores.accounts.api_keys.issue(&key, &record(id, &key, chance, now)).await.unwrap();
        let crowd = shape.contacts * CROWD;
        let first = drafts(chance, shape.contacts, crowd);
        let second = drafts(chance, shape.contacts, crowd);
        let books = [
            create_book(stores, id, chance, first, now).await,
            create_book(stores, id, chance, second, now).await,
        ];
        let top_ups = BTreeMap::from([("opening".to_owned(), opening)]);
        Self { id, key, books, crowd, confirmed: Mutex::new(Confirmed { top_ups, ..Confirmed::default() }) }
    }
}

/// Contacts of drawn numbers.
pub fn drafts(chance: &mut Chance, contacts: u64, crowd: u64) -> Vec<ContactDraft> {
    let draft = |_| ContactDraft {
        phone: Some(Phone::mobile(number(chance.below(crowd)))),
        ..ContactDraft::default()
    };
    (0..contacts).map(draft).collect()
}

/// A number of the crowd.
pub fn number(place: u64) -> Msisdn {
    Msisdn::from_digits(FIRST_NUMBER + place).unwrap()
}

/// A book of these contacts.
pub async fn create_book(
    stores: &Stores,
    organisation: OrganisationId,
    chance: &mut Chance,
    contacts: Vec<ContactDraft>,
    now: Timestamp,
) -> BookId {
    let id = BookId(chance.uuid());
    let (name, description) = ("Customers".to_owned(), String::new());
    let (contact_count, no_phone_count) = (0, 0);
    let book =
        Book { id, name, description, contact_count, no_phone_count, created_at: now, updated_at: now };
    assert_eq!(stores.books.create(organisation, &book).await.unwrap(), Creation::Created);
    stores.books.import(BookKey { organisation, book: id }, contacts, now).await.unwrap();
    id
}

fn organisation(id: OrganisationId) -> Organisation {
    let sender = SenderId::parse("TALKNTALK").unwrap();
    let price = Price { prefix: "254".to_owned(), per_segment: Money::from_ten_thousandths(PRICE) };
    Organisation {
        id,
        name: "Simulated".to_owned(),
        slug: "simulated".to_owned(),
        currency: Currency::KES,
        home_country: "KE".to_owned(),
        offset: Offset::EAST_AFRICA,
        default_sender: sender.clone(),
        senders: vec![sender],
        tariff: Tariff::new(vec![price]).unwrap(),
        rate_limit: 1_000,
        daily_spend_cap: None,
        daily_test_recipients: 10_000,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    }
}

fn record(organisation: OrganisationId, key: &ApiKey, chance: &mut Chance, now: Timestamp) -> KeyRecord {
    KeyRecord::new(key, KeyId(chance.uuid()), organisation, "simulated", now)
}
