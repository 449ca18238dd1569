//! Real contact files, each imported by the binary into its own book.

use std::{fs, path::Path, process::Output};

use contact_files::push_record;
use serde_json::Value;
use tests::{
    World, all,
    import_cases::{ImportCase, Outcome, stored_phones},
};

use super::process::{document, start_with};

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn every_file_of_the_fixtures_is_imported_with_the_expected_result() {
    let world = World::start_small().await;
    let folder = tempfile::tempdir().unwrap();
    let cases = ImportCase::all();
    let outcomes = all(cases.iter().enumerate().map(|(place, case)| {
        let path = folder.path().join(format!("{place}.csv"));
        import(&world, case, path)
    }));
    let mut not_right = Vec::new();
    for (case, outcome) in cases.iter().zip(outcomes.await) {
        if let Err(difference) = case.judge(&outcome) {
            println!("{}: {difference}", case.id);
            not_right.push(&case.id);
        }
    }
    assert!(not_right.is_empty(), "{not_right:?}");
    let notes = fs::read_dir(folder.path()).unwrap().count() - cases.len();
    assert_eq!(notes, 0, "no note of an unfinished import is left");
}

async fn import(world: &World, case: &ImportCase, path: impl AsRef<Path>) -> Outcome {
    let path = path.as_ref();
    fs::write(path, file(case)).unwrap();
    let book = world.book(&case.id, &[]).await;
    let output = run(world, &book, path).await;
    let document = document(&output);
    Outcome {
        status: if document["error"].is_null() { 200 } else { 400 },
        text: [&*output.stdout, &output.stderr].map(String::from_utf8_lossy).concat(),
        invalid_count: document["invalid_count"].as_u64(),
        phones: stored_phones(&world.api, &book).await,
    }
}

/// Runs the command on another thread, because the system runs on this test's thread.
async fn run(world: &World, book: &str, path: &Path) -> Output {
    let (url, key) = (world.stack.base_url(), world.api.key().unwrap());
    let variables = [("SMS_API_URL", url), ("SMS_API_KEY", key)];
    let child =
        start_with(path.parent().unwrap(), &variables, &["import", book, path.to_str().unwrap(), "--json"]);
    tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap()
}

/// A JSON case as a file with the same cells.
fn file(case: &ImportCase) -> Vec<u8> {
    if case.content_type != "application/json" {
        return case.body.clone();
    }
    let rows: Vec<Value> = serde_json::from_slice(&case.body).unwrap();
    let mut text = "phone\n".to_owned();
    for row in rows {
        assert_eq!(row.as_object().unwrap().len(), 1, "a phone alone");
        push_record(&mut text, ',', [row["phone"].as_str().unwrap()]);
    }
    text.into_bytes()
}
