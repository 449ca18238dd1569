//! Imports that are too large for their time, and imports that are killed.

use std::time::Duration;

use auditor::{Finding, Options};
use domain::{keys::BookKey, phone::Phone};
use platform::deadline::Deadline;
use stores::books::{ContactDraft, EditError, Imported};

use crate::{
    audit::hold_everything_together,
    chance::Chance,
    people::{Customer, number},
    run::on_virtual_time,
    shape::Shape,
    system::System,
};

const SHAPE: &str =
    "1,organisations=1,contacts=6,workers=1,faults=0,moods=0,mishaps=0,group=4,batch=3,by_number=0";
/// Rows of three slices.
const ROWS: u64 = 11_000;

/// A book of one organisation.
async fn start() -> (System, BookKey) {
    let system = System::start(SHAPE.parse::<Shape>().unwrap()).await;
    let mut chance = Chance::of(system.shape.seed, "imports");
    let now = system.time.now();
    let customer = Customer::set_up(&system.stores, &system.shape, &mut chance, now).await;
    let book = customer.book(customer.books[0]);
    (system, book)
}

fn rows(count: u64) -> Vec<ContactDraft> {
    let draft = |place| ContactDraft { phone: Some(Phone::mobile(number(place))), ..ContactDraft::default() };
    (1_000..1_000 + count).map(draft).collect()
}

async fn import(system: &System, book: BookKey, time: Duration) -> Result<Imported, EditError> {
    let books = &system.stores.books;
    books.import_until(book, rows(ROWS), system.time.now(), Deadline::after(time)).await
}

#[test]
fn an_import_that_is_too_large_for_its_time_is_cut_short_and_goes_on_where_it_was() {
    on_virtual_time(1, async {
        let (system, book) = start().await;
        let mut stored = 0;
        for attempt in 1.. {
            match import(&system, book, Duration::from_millis(2_200)).await {
                Err(EditError::CutShort { stored: now, remaining, retry_after_secs: 1 }) => {
                    assert!(now > stored, "{attempt}: {now} after {stored}");
                    assert_eq!(now + remaining, ROWS);
                    stored = now;
                }
                Ok(imported) => {
                    assert!(attempt > 2, "its time was enough for all of it");
                    assert_eq!((imported.added, imported.unchanged), (ROWS - stored, stored));
                    break;
                }
                Err(error) => panic!("{attempt}: {error}"),
            }
            if attempt == 1 {
                // Whole at once: nobody has to wait for a lease.
                hold_everything_together(&system).await.unwrap();
            }
        }
        hold_everything_together(&system).await.unwrap();
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
fn an_import_that_is_killed_leaves_a_book_that_is_whole_after_minutes() {
    for millis in [20, 400] {
        on_virtual_time(1, async {
            let (system, book) = start().await;
            let killed = tokio::time::timeout(
                Duration::from_millis(millis),
                import(&system, book, Duration::from_secs(20)),
            );
            assert!(killed.await.is_err(), "{millis}: it had ended");
            assert!(findings(&system).await.is_empty(), "{millis}: it is repaired soon");
            for _ in 0..12 {
                system.time.pass(Duration::from_mins(1)).await;
                system.tick().await;
            }
            hold_everything_together(&system).await.unwrap();
            let imported = import(&system, book, Duration::from_secs(20)).await.unwrap();
            assert_eq!(imported.added + imported.unchanged, ROWS);
            hold_everything_together(&system).await.unwrap();
        });
    }
}
