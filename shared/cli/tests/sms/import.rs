//! Imports in pieces, cut short and taken up again.

use std::{fmt::Write, fs};

use cli::import::{ImportError, Progress, upload};
use local::stack::Stack;
use platform::clock::Clock;
use tests::acme::client_of_acme;

const PEOPLE: u64 = 400;
const PIECE_BYTES: usize = 1_500;

fn csv() -> String {
    let mut csv = String::from("phone,name,notes\n");
    for person in 0..PEOPLE {
        writeln!(csv, "0711{:06},Person {person},\"a, b\"", person + 100_000).unwrap();
    }
    csv
}

#[tokio::test]
async fn an_import_that_was_cut_short_goes_on_where_it_was() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("People", "").await.unwrap().id;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, csv()).unwrap();

    let (cut, mut was_cut) = tokio::sync::mpsc::unbounded_channel();
    let first = upload(&client, book, &path, PIECE_BYTES, |_, _, _| cut.send(()).unwrap());
    tokio::select! {
        _ = first => panic!("it has more than one piece"),
        _ = was_cut.recv() => {}
    }
    let kept = Progress::find(&path, book).unwrap();
    assert!(kept.rows < PEOPLE);

    let mut first_row = None;
    let done = upload(&client, book, &path, PIECE_BYTES, |rows_before, _, _| {
        first_row.get_or_insert(rows_before);
    });
    let done = done.await.unwrap();
    assert_eq!(first_row, Some(kept.rows));
    assert_eq!((done.rows, done.invalid), (PEOPLE, 0));
    let books = client.address_books().await.unwrap();
    assert_eq!(books[0].contact_count, PEOPLE);
    assert_eq!(Progress::find(&path, book).unwrap().rows, 0, "the note is gone");
}

#[tokio::test]
async fn an_import_into_no_book_is_given_up_at_once() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, csv()).unwrap();
    let book = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
    let refused = upload(&client, book, &path, PIECE_BYTES, |_, _, _| {}).await.unwrap_err();
    assert!(
        matches!(&refused, ImportError::Client(error) if error.to_string().contains("no such address book"))
    );
}
