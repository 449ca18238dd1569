//! Imports in pieces into a real system, cut short and continued.

use std::{fmt::Write, fs, path::Path};

use cli::{
    client::Client,
    import::{ContactFile, Event, Existing, Import, ImportError, Reading, Totals, upload},
};
use domain::ids::BookId;
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

async fn import(
    client: &Client,
    book: BookId,
    path: &Path,
    mut on_piece: impl FnMut(&Totals),
) -> Result<Totals, ImportError> {
    let file = ContactFile::read(path, Reading::default()).unwrap();
    let (piece_bytes, existing) = (PIECE_BYTES, Existing::Keep);
    let import = Import { client, book, file: &file, path, piece_bytes, refused: None, existing };
    let on_event = |event: Event<'_>| {
        // The repeated import may wait for the end of an interrupted request.
        if let Event::Done(totals) = event {
            on_piece(totals);
        }
    };
    upload(import, on_event, std::future::pending()).await
}

#[tokio::test]
async fn an_import_that_was_cut_short_continues_after_the_stored_rows() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let book = client.create_book("People", "").await.unwrap().id;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, csv()).unwrap();

    let (cut, mut was_cut) = tokio::sync::mpsc::unbounded_channel();
    let first = import(&client, book, &path, |totals| cut.send(totals.rows).unwrap());
    tokio::select! {
        _ = first => panic!("it has more than one piece"),
        () = async { while was_cut.recv().await.unwrap() == 0 {} } => {}
    }

    let mut begins = Vec::new();
    let done = import(&client, book, &path, |totals| begins.push(totals.rows)).await.unwrap();
    assert!((1..PEOPLE).contains(&begins[0]), "{begins:?}");
    // A request that was under way when the import was cut may have been carried out.
    assert_eq!((done.rows, done.added + done.unchanged, done.invalid), (PEOPLE, PEOPLE, 0));
    let books = client.address_books().await.unwrap();
    assert_eq!(books[0].contact_count, PEOPLE);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the note is gone");
}

#[tokio::test]
async fn an_import_into_an_unknown_book_fails_at_once() {
    let stack = Stack::in_memory(Clock::machine()).await.unwrap();
    let client = client_of_acme(&stack).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, csv()).unwrap();
    let book = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
    let refused = import(&client, book, &path, |_| {}).await.unwrap_err();
    let ImportError::Stopped(stop, Some(error)) = &refused else { panic!("{refused}") };
    assert!(error.to_string().contains("no such address book") && stop.rows_done == 0, "{refused}");
}
