//! The three programs of the API's reference, run as child processes against a whole stack.
//!
//! `samples/` has them to the letter; only the base URL and the key are replaced, when they run. The PHP
//! one has no opening tag, as the reference prints it. Where a language is missing its test says so and
//! passes.

mod language;

use std::{io::Write, process::Stdio};

use language::Language;
use tests::World;

/// What the reference calls in the samples' place.
const REFERENCE_URL: &str = "https://api.talkntalk.africa";
const REFERENCE_KEY: &str = "tk_live_xxxx";
/// Ten times what a send to both books costs, in ten-thousandths of a shilling.
const MONEY: i64 = 300_000_000;

/// Runs a program with its own base URL and key; gives what it prints.
async fn printed(language: &Language, sample: &str, base_url: &str, key: &str) -> String {
    let program = sample.replace(REFERENCE_URL, base_url).replace(REFERENCE_KEY, key);
    let mut command = language.command(&program);
    // Where a proxy is set up, this machine is not beyond it.
    command.env("NO_PROXY", "127.0.0.1").env("no_proxy", "127.0.0.1");
    let command = command.stdin(Stdio::null()).kill_on_drop(true);
    let output = command.output().await.expect("the interpreter starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {errors}", output.status);
    String::from_utf8(output.stdout).expect("samples print UTF-8").trim_end().to_owned()
}

/// What a sample prints in a world with both fixture books, and what its campaign then costs.
async fn sent_to_both_books(language: &Language, sample: &str) -> (String, String) {
    let world = World::start().await;
    world.give_money("clients", MONEY).await;
    world.fixture_book("premium_customers").await;
    world.fixture_book("newsletter_subscribers").await;
    let key = world.api.key().expect("the world has a key");
    let printed = printed(language, sample, world.stack.base_url(), key).await;
    let status = world.status(1).await;
    let cost = status["estimated_cost"].as_str().expect("a cost is a text").to_owned();
    assert!(cost.starts_with("KES "), "{cost}");
    (printed, cost)
}

/// Past the capturing of the test harness, which hides what a passing test prints.
fn skip(reason: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {reason}");
}

#[tokio::test]
async fn the_node_js_sample_runs_as_it_stands() {
    match Language::node_js().await {
        Err(missing) => skip(&missing),
        Ok(node_js) => {
            let (printed, cost) = sent_to_both_books(&node_js, include_str!("samples/send.mjs")).await;
            assert_eq!(printed, format!("Queued 2164 messages — cost {cost}"));
        }
    }
}

#[tokio::test]
async fn the_python_sample_runs_as_it_stands() {
    match Language::python().await {
        Err(missing) => skip(&missing),
        Ok(python) => {
            let (printed, cost) = sent_to_both_books(&python, include_str!("samples/send.py")).await;
            assert_eq!(printed, format!("Queued 2164 messages | {cost}"));
        }
    }
}

#[tokio::test]
async fn the_php_sample_runs_as_it_stands() {
    match Language::php().await {
        Err(missing) => skip(&missing),
        Ok(php) => {
            let (printed, cost) = sent_to_both_books(&php, include_str!("samples/send.php")).await;
            assert_eq!(printed, format!("Queued 2164 messages | {cost}"));
        }
    }
}
