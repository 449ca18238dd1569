//! The demo, from a fresh folder to a second start.

use std::{
    collections::HashSet,
    fs,
    process::Command,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;

use super::{
    api::{get, wait_until_over},
    others,
    process::{Instance, run, run_unread},
};

/// The recipients of the two books, as in `expected.json`.
const RECIPIENTS: u64 = 2164;
/// The first of them, which the printed lines are about.
const PREMIUM_CUSTOMERS: u64 = 1397;
/// The longest wait for the finished demo campaign. It takes two seconds on two idle processors; other tests run at the
/// same time.
const PATIENCE: Duration = Duration::from_secs(30);

/// The numbers in the inbox.
async fn inbox(instance: &Instance) -> Vec<String> {
    let mut numbers = Vec::new();
    for page in 1.. {
        let inbox = get(instance, &format!("/sandbox/inbox?page_size=1000&page={page}")).await;
        assert_eq!(inbox["totals"]["repeated"], 0);
        let results = inbox["results"].as_array().unwrap();
        if results.is_empty() {
            break;
        }
        numbers.extend(results.iter().map(|message| message["to"].as_str().unwrap().to_owned()));
    }
    numbers
}

/// The answer to a printed line; `None` without `curl`.
fn paste(line: &str) -> Option<Value> {
    Command::new("curl").arg("--version").output().ok()?;
    let output = Command::new("sh").arg("-c").arg(line).output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{line}: {error}: {answer}")))
}

/// The printed line under a heading.
fn line<'a>(instance: &'a Instance, heading: &str) -> &'a str {
    let mut lines = instance.start.lines();
    lines.find(|line| *line == format!("# {heading}")).unwrap_or_else(|| panic!("no {heading}"));
    lines.next().unwrap()
}

/// Runs every printed line unchanged; does nothing without `curl`.
async fn paste_all(instance: &Instance) {
    let Some(imported) = paste(line(instance, "import contacts")) else {
        return eprintln!("skipped: there is no curl to paste the lines with");
    };
    assert_eq!((&imported["received"], &imported["added"]), (&1.into(), &1.into()));
    let sent = paste(line(instance, "send")).unwrap();
    assert_eq!((&sent["campaign_id"], &sent["status"]), (&2.into(), &"queued".into()));
    assert_eq!(sent["recipients_count"], PREMIUM_CUSTOMERS + 1);
    assert_eq!(wait_until_over(instance, 2).await["sent_count"], PREMIUM_CUSTOMERS + 1);
    assert_eq!(paste(line(instance, "status")).unwrap()["status"], "completed");
    assert_eq!(paste(line(instance, "messages")).unwrap()["results"].as_array().unwrap().len(), 3);
    assert_eq!(paste(line(instance, "balance")).unwrap()["organisation"], "Demo");
}

#[tokio::test]
async fn a_first_start_sends_to_every_recipient_once_and_a_second_start_does_not_send_again() {
    let folder = tempfile::tempdir().unwrap();
    let began = Instant::now();
    let first = Instance::start(folder.path(), &[]);
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    assert!(first.start.contains("Report of campaign 1: completed"), "{}", first.start);

    let numbers = inbox(&first).await;
    let different: HashSet<_> = numbers.iter().collect();
    assert_eq!((numbers.len() as u64, different.len() as u64), (RECIPIENTS, RECIPIENTS));
    let status = get(&first, "/v1/sms/campaigns/1/").await;
    assert_eq!(status["sent_count"], RECIPIENTS);
    assert_eq!(status["sender_id"], "TALKNTALK");
    others::are_kept_out(&first, folder.path()).await;
    let balance = get(&first, "/v1/balance/").await;
    assert_eq!(balance["currency"], "KES");
    let key = first.named("Key").to_owned();
    assert_eq!(first.named("Console"), format!("{}/console/#key={key}", first.base_url()));
    let (ended_well, rest) = first.end_by(Signal::INT);
    assert!(ended_well, "{rest}");

    let queues = folder.path().join("sqs.sqlite");
    fs::write(&queues, &fs::read(&queues).unwrap()[..5_000]).unwrap();
    let second = Instance::start(folder.path(), &[]);
    assert!(second.start.contains("The queues' file was damaged; it is set aside as"), "{}", second.start);
    assert_eq!(second.named("Key"), key);
    assert!(!second.start.contains("Report of campaign"), "{}", second.start);
    assert_eq!(get(&second, "/v1/sms/campaigns/").await["total"], 1);
    assert_eq!(get(&second, "/v1/sms/campaigns/1/").await["sent_count"], RECIPIENTS);
    let after = get(&second, "/v1/balance/").await;
    assert_eq!((&after["balance"], &after["reserved"]), (&balance["balance"], &balance["reserved"]));
    paste_all(&second).await;
    let (ended_well, rest) = second.end_by(Signal::TERM);
    assert!(ended_well, "{rest}");

    fs::write(folder.path().join("dynamodb.sqlite"), "damaged").unwrap();
    let refused = run(folder.path(), &["--port", "0"]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && error.contains("put a copy of"), "{error}");

    let fresh = Instance::start(folder.path(), &["--fresh", "--no-demo"]);
    assert_ne!(fresh.named("Key"), key);
    assert_eq!(get(&fresh, "/v1/address-books/").await["total"], 0);
    assert_eq!(get(&fresh, "/v1/sms/campaigns/").await["total"], 0);
    assert_eq!(get(&fresh, "/v1/balance/").await["balance"], "100000.00");
}

#[test]
fn a_closed_pipe_ends_the_run_without_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let unread = run_unread(folder.path(), &["--port", "0"]);
    let error = String::from_utf8(unread.stderr).unwrap();
    assert!(unread.status.success() && error.is_empty(), "{error}");
}

#[test]
fn the_error_of_a_taken_port_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let refused = run(folder.path(), &["--port", &port.to_string()]);
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains(&format!("port {port} is taken")) && error.contains("--port"), "{error}");
}

#[test]
fn a_provider_without_configuration_is_an_error_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &["--port", "0", "--provider", "africastalking"]);
    assert!(!refused.status.success());
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(error.contains("AFRICASTALKING_USERNAME") && error.contains("AFRICASTALKING_API_KEY"), "{error}");
}
