//! Books and contacts to test with.

use domain::{
    ids::{BookId, OrganisationId},
    keys::BookKey,
    msisdn::Msisdn,
    phone::Phone,
    roster::leaf_of,
    timestamp::Timestamp,
};
use stores::{
    Creation, Stores,
    books::{Book, ContactDraft},
};
use tests::every::step;
use uuid::Uuid;

/// When tests begin.
pub const START: Timestamp = Timestamp::from_secs(1_795_454_007);

/// How many calls an act makes before it crashes: every second number, and each with `EVERY=points`.
pub fn points() -> impl Iterator<Item = i64> {
    (0..).step_by(step("points", 2))
}

/// A new, empty book.
pub async fn book(stores: &Stores, organisation: OrganisationId, number: u128) -> BookKey {
    let id = BookId(Uuid::from_u128(number));
    let book = Book {
        id,
        name: format!("Book {number}"),
        description: String::new(),
        contact_count: 0,
        no_phone_count: 0,
        created_at: START,
        updated_at: START,
    };
    assert_eq!(stores.books.create(organisation, &book).await.unwrap(), Creation::Created);
    BookKey { organisation, book: id }
}

/// Kenyan numbers of a few leaves only, so that an edit needs few calls.
pub fn phones_of(leaves: &[u8], count: usize) -> Vec<Msisdn> {
    let phones = (254_700_000_000..).map(phone).filter(|phone| leaves.contains(&leaf_of(*phone)));
    phones.take(count).collect()
}

pub fn phone(digits: u64) -> Msisdn {
    Msisdn::from_digits(digits).unwrap()
}

pub fn with_phone(phone: Msisdn, first_name: &str) -> ContactDraft {
    ContactDraft { phone: Some(Phone::mobile(phone)), ..named(first_name) }
}

/// A contact without one.
pub fn named(first_name: &str) -> ContactDraft {
    ContactDraft { first_name: Some(first_name.to_owned()), ..ContactDraft::default() }
}

/// Contacts with these phones, of which every second number is not mobile.
pub fn contacts(phones: &[Msisdn]) -> Vec<ContactDraft> {
    let phone = |number: &Msisdn| match number.as_u64() % 2 {
        0 => Phone::mobile(*number),
        _ => Phone::fixed_line(*number),
    };
    phones.iter().map(|number| ContactDraft { phone: Some(phone(number)), ..named("Wanjiru") }).collect()
}
