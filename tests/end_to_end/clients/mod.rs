//! Clients of others: the three samples of the API's reference, run as child processes against a whole stack, and the
//! official SDKs of the providers against the fakes.
//!
//! `samples/` has the reference's text; only the base URL and the key are replaced at run time. The PHP sample has no
//! opening tag, as in the reference. If a language is missing, the test says so and skips its sample.

mod language;
mod sdk;

use std::{io::Write, process::Stdio};

use language::Language;
use tests::{World, phones};

/// The base URL in the samples.
const REFERENCE_URL: &str = "https://api.talkntalk.africa";
const REFERENCE_KEY: &str = "tk_live_xxxx";

/// Runs a program with its own base URL and key; returns its output.
async fn printed(language: &Language, sample: &str, base_url: &str, key: &str) -> String {
    let program = sample.replace(REFERENCE_URL, base_url).replace(REFERENCE_KEY, key);
    let mut command = language.command(&program);
    // A configured proxy must not be used for this machine.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    let command = command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.expect("the interpreter starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("samples print UTF-8").trim_end().to_owned()
}

/// A world with two books, which have five recipients together.
async fn world() -> World {
    let world = World::start().await;
    world.book("Premium customers", &phones(0..3)).await;
    world.book("Newsletter subscribers", &phones(2..5)).await;
    world
}

/// Bypasses the capturing of the test harness, which hides the output of a passing test.
fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

/// Runs a sample if its language is installed; its output must begin with this, before the campaign's cost.
async fn prints(world: &World, language: Result<Language, String>, sample: &str, expected: &str) {
    let language = match language {
        Ok(language) => language,
        Err(missing) => return skip(&missing),
    };
    let key = world.api.key().expect("the world has a key");
    let printed = printed(&language, sample, world.stack.base_url(), key).await;
    let campaigns = world.api.get("/v1/sms/campaigns/").await.expect(200);
    let cost = campaigns["results"][0]["estimated_cost"].as_str().expect("a cost is a text");
    assert!(cost.starts_with("KES "), "{cost}");
    assert_eq!(printed, format!("{expected}{cost}"));
}

#[tokio::test]
async fn the_samples_of_the_reference_run_unchanged() {
    let world = world().await;
    let (node_js, python, php) = tokio::join!(Language::node_js(), Language::python(), Language::php());
    prints(&world, node_js, include_str!("samples/send.mjs"), "Queued 5 messages — cost ").await;
    prints(&world, python, include_str!("samples/send.py"), "Queued 5 messages | ").await;
    prints(&world, php, include_str!("samples/send.php"), "Queued 5 messages | ").await;
}
