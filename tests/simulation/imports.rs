//! Imports that are too large for their time, and imports that are killed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use auditor::{Finding, Options};
use domain::{keys::BookKey, phone::Phone};
use lambda_http::Context;
use platform::deadline::Deadline;
use serde_json::{Value, json};
use stores::{
    Changed, ListRequest,
    books::{ContactDraft, EditError, Imported},
};
use tower::Service;
use web::Backend;

use crate::{
    acts::post,
    audit::hold_everything_together,
    chance::Chance,
    customers::{Customer, number},
    run::on_virtual_time,
    shape::Shape,
    system::System,
};

const SHAPE: &str = "1,organisations=1,contacts=6,workers=1,faults=0,provider_faults=0,message_faults=0,group=4,batch=3,by_number=0";
/// Rows of two slices.
const ROWS: u64 = 5_200;
/// Rows of a part of a slice.
const FEWER_ROWS: u64 = 1_000;

async fn start_with_customer() -> (System, Customer) {
    let system = System::start(SHAPE.parse::<Shape>().unwrap()).await;
    let mut chance = Chance::of(system.shape.seed, "imports");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    (system, customer)
}

/// A book of one organisation.
async fn start() -> (System, BookKey) {
    let (system, customer) = start_with_customer().await;
    let book = customer.book(customer.books[0]);
    (system, book)
}

/// An import of numbers as Lambda passes it on, this long before the end of its invocation.
async fn post_numbers(system: &System, customer: &Customer, time: Duration) -> (u16, Option<String>, Value) {
    let contact = |place| json!({"phone": number(place).e164()});
    let contacts: Vec<Value> = (1_000..1_000 + ROWS).map(contact).collect();
    let path = format!("/v1/address-books/{}/contacts/", customer.books[0]);
    let mut request = post(customer, &path, None, &Value::from(contacts));
    let mut context = Context::default();
    context.deadline = (SystemTime::now() + time).duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    request.extensions_mut().insert(context);
    let backend = Backend { stores: system.stores.clone(), clock: system.time.clock.clone() };
    let response = web::service(books::routes(&backend)).call(request).await.unwrap();
    let retry_after = response.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, retry_after, serde_json::from_slice(&body).unwrap())
}

#[test]
fn the_answer_of_an_import_that_is_too_large_has_the_stored_count_and_the_time_to_retry() {
    on_virtual_time(1, async {
        let (system, customer) = start_with_customer().await;
        let mut stored = 0;
        for attempt in 1.. {
            let (status, retry_after, body) =
                post_numbers(&system, &customer, Duration::from_millis(5_200)).await;
            if status == 200 {
                assert!(attempt > 1, "its time was enough for all of it");
                assert_eq!((&body["added"], &body["unchanged"]), (&json!(ROWS - stored), &json!(stored)));
                break;
            }
            assert_eq!(
                (status, &body["code"], retry_after.as_deref()),
                (503, &json!("cut_short"), Some("1"))
            );
            let now = body["stored"].as_u64().unwrap();
            assert!(now > stored, "{attempt}: {now} after {stored}");
            assert_eq!(now + body["remaining"].as_u64().unwrap(), ROWS);
            stored = now;
            // The book is consistent at once: no request has to wait for a lease.
            hold_everything_together(&system).await.unwrap();
        }
    });
}

fn rows(count: u64) -> Vec<ContactDraft> {
    let name = Some("Wanjiru".to_owned());
    let draft = |place| ContactDraft {
        phone: Some(Phone::mobile(number(place))),
        first_name: name.clone(),
        ..ContactDraft::default()
    };
    (1_000..1_000 + count).map(draft).collect()
}

async fn import(system: &System, book: BookKey, time: Duration) -> Result<Imported, EditError> {
    import_rows(system, book, ROWS, time).await
}

async fn import_rows(
    system: &System,
    book: BookKey,
    count: u64,
    time: Duration,
) -> Result<Imported, EditError> {
    let books = &system.stores.books;
    books.import_until(book, rows(count), system.time.now(), Deadline::after(time)).await
}

#[test]
#[ignore = "long: .ci/run"]
fn an_import_that_continues_adds_contacts_again_that_were_deleted_meanwhile() {
    on_virtual_time(1, async {
        let (system, book) = start().await;
        let cut_short = import(&system, book, Duration::from_millis(2_200)).await.unwrap_err();
        let EditError::CutShort { stored, .. } = cut_short else { panic!("{cut_short}") };
        let (books, now) = (&system.stores.books, system.time.now());
        let (before, page) = books.contacts(book, ListRequest::page(1, 500), now).await.unwrap().unwrap();
        let named = page.results.iter().find(|contact| contact.first_name == "Wanjiru").unwrap();
        assert_eq!(books.delete_contact(book, named.id, now).await.unwrap(), Changed::Done);
        let imported = import(&system, book, Duration::from_secs(20)).await.unwrap();
        assert_eq!((imported.added, imported.unchanged), (ROWS - stored + 1, stored - 1));
        let after = books.get(book, system.time.now()).await.unwrap().unwrap();
        assert_eq!(after.contact_count, before.contact_count - stored + ROWS);
    });
}

#[test]
fn an_import_without_time_writes_nothing() {
    on_virtual_time(1, async {
        let (system, book) = start().await;
        let refused = import(&system, book, Duration::from_millis(1_900)).await;
        assert!(
            matches!(refused, Err(EditError::CutShort { stored: 0, remaining: ROWS, .. })),
            "{refused:?}"
        );
    });
}

async fn findings(system: &System) -> Vec<Finding> {
    let options = Options { now_millis: system.time.now().millis(), organisation: None };
    system.auditor.audit(options).await.unwrap().findings
}

#[test]
fn the_book_of_a_killed_import_is_consistent_after_minutes() {
    for millis in [20, 80] {
        on_virtual_time(1, async {
            let (system, book) = start().await;
            let killed = tokio::time::timeout(
                Duration::from_millis(millis),
                import_rows(&system, book, FEWER_ROWS, Duration::from_secs(20)),
            );
            // A large import makes the calls of a few small requests.
            system.because(|log| log.requested(4));
            assert!(killed.await.is_err(), "{millis}: it had ended");
            assert!(findings(&system).await.is_empty(), "{millis}: it is repaired soon");
            for _ in 0..12 {
                system.time.pass(Duration::from_mins(1)).await;
                system.tick().await;
            }
            hold_everything_together(&system).await.unwrap();
            let imported = import_rows(&system, book, FEWER_ROWS, Duration::from_secs(20)).await.unwrap();
            assert_eq!(imported.added + imported.unchanged, FEWER_ROWS);
        });
    }
}
