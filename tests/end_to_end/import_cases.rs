//! Real contact files, each imported through HTTP into its own book: every third of them, or with `EVERY=points` all. (The
//! test of `sms import` in `shared/cli/tests/sms` sends all of them to the same endpoint.)

use bytes::Bytes;
use http::Method;
use tests::{
    World,
    every::step,
    import_cases::{ImportCase, Outcome, stored_phones},
};

#[tokio::test]
async fn every_file_of_the_fixtures_is_imported_with_the_expected_result() {
    let world = World::start_small().await;
    let mut not_right = Vec::new();
    for case in ImportCase::all().into_iter().step_by(step("points", 3)) {
        if let Err(difference) = case.judge(&import(&world, &case).await) {
            println!("{}: {difference}", case.id);
            not_right.push(case.id);
        }
    }
    assert!(not_right.is_empty(), "{not_right:?}");
}

async fn import(world: &World, case: &ImportCase) -> Outcome {
    let book = world.book(&case.id, &[]).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let (kind, body) = ([("content-type", &*case.content_type)], Bytes::from(case.body.clone()));
    let answer = world.api.call(Method::POST, &path, &kind, body).await;
    let status = answer.status.as_u16();
    // A file that is refused as a whole stores nothing (`imports.rs`).
    let phones = if status == 200 { stored_phones(&world.api, &book).await } else { Vec::new() };
    let invalid_count = answer.json()["invalid_count"].as_u64();
    Outcome { status, invalid_count, text: answer.text().to_owned(), phones }
}
