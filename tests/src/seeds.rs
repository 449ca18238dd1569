//! Initial data of a test, written to the tables directly.

use domain::{
    api_key::{ApiKey, KeyMode, KeyRecord},
    ids::{BookId, KeyId, OrganisationId},
    keys::BookKey,
    money::{Currency, Money},
    msisdn::Msisdn,
    organisation::{NotMobile, Organisation},
    phone::Phone,
    scope::Scopes,
    sender_id::SenderId,
    tariff::{Price, Tariff},
    timestamp::{Offset, Timestamp},
};
use stores::{
    Creation, Stores,
    books::{Book, ContactDraft},
};
use uuid::Uuid;

/// An organisation with a price of a shilling for Kenya, and prices for some other countries.
pub fn organisation(slug: &str) -> Organisation {
    let price = |(prefix, ten_thousandths): (&str, i64)| Price {
        prefix: prefix.to_owned(),
        per_segment: Money::from_ten_thousandths(ten_thousandths),
    };
    let prices = [
        ("254", 10_000),
        ("255", 40_000),
        ("256", 40_000),
        ("250", 40_000),
        ("234", 40_000),
        ("44", 60_000),
        ("1", 80_000),
    ];
    let sender = SenderId::parse("TALKNTALK").expect("a sender id");
    Organisation {
        id: OrganisationId(Uuid::new_v4()),
        name: format!("The {slug} organisation"),
        slug: slug.to_owned(),
        currency: Currency::KES,
        home_country: "KE".to_owned(),
        offset: Offset::EAST_AFRICA,
        default_sender: sender.clone(),
        senders: vec![sender],
        tariff: Tariff::new(prices.map(price).to_vec()).expect("a tariff"),
        rate_limit: 1_000_000,
        daily_spend_cap: None,
        daily_test_recipients: 10_000,
        duplicate_window: None,
        not_mobile: NotMobile::Skip,
    }
}

/// Writes an organisation with money and a live key to the tables directly; returns its id and the key.
pub async fn seed(stores: &Stores, ten_thousandths: i64, now: Timestamp) -> (OrganisationId, String) {
    let organisation = organisation("talkntalk");
    let created = stores.accounts.organisations.create(&organisation).await.expect("the table answers");
    assert_eq!(created, Creation::Created);
    let amount = Money::from_ten_thousandths(ten_thousandths);
    stores.accounts.wallets.top_up(organisation.id, "opening", amount, now).await.expect("the table answers");
    let (key, _) = issue_key(stores, organisation.id, KeyMode::Live, Scopes::all(), now).await;
    (organisation.id, key.reveal().to_owned())
}

/// Writes a book with these numbers to the tables directly; returns its id.
pub async fn seed_book(
    stores: &Stores,
    organisation: OrganisationId,
    name: &str,
    phones: &[String],
    now: Timestamp,
) -> String {
    let id = BookId(Uuid::new_v4());
    let (name, description) = (name.to_owned(), String::new());
    let (contact_count, no_phone_count) = (0, 0);
    let book =
        Book { id, name, description, contact_count, no_phone_count, created_at: now, updated_at: now };
    let created = stores.books.create(organisation, &book).await.expect("the table answers");
    assert_eq!(created, Creation::Created);
    let phone = |phone: &String| Msisdn::parse_e164(phone).expect("a number in E.164");
    let draft = |text| ContactDraft { phone: Some(Phone::mobile(phone(text))), ..ContactDraft::default() };
    let drafts = phones.iter().map(draft).collect();
    stores.books.import(BookKey { organisation, book: id }, drafts, now).await.expect("the table answers");
    id.to_string()
}

/// Issues a key, written to the tables directly.
pub async fn issue_key(
    stores: &Stores,
    organisation: OrganisationId,
    mode: KeyMode,
    scopes: Scopes,
    now: Timestamp,
) -> (ApiKey, KeyId) {
    let key = ApiKey::generate(mode, &platform::random::bytes().expect("the system has randomness"));
    let record =
        KeyRecord { scopes, ..KeyRecord::new(&key, KeyId(Uuid::new_v4()), organisation, "test", now) };
    stores.accounts.api_keys.issue(&key, &record).await.expect("the table answers");
    (key, record.id)
}
