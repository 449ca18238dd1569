//! The commands that senders read and control campaigns with: lists, one campaign, one number, money, the console's
//! link.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use domain::api_key::{ApiKey, KeyMode, RANDOM_BYTES};
use domain::timestamp::{Millis, Offset};
use platform::clock::Clock;
use serde_json::{Value, json};

use super::{
    endpoint::Endpoint,
    instance::Instance,
    process::{document, run, run_fed, run_with},
};

/// The longest time that a campaign to three contacts may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The text of a command that succeeds.
fn text(data: &Path, arguments: &[&str]) -> String {
    let output = run(data, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The document of a command that succeeds.
fn answer(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    document(&output)
}

/// The standard error of a command that ends with this code.
fn said(data: &Path, arguments: &[&str], exit: i32) -> String {
    let output = run(data, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
    said
}

/// An instance with a book of three contacts, a finished campaign to them and a scheduled one.
fn instance_with_campaigns(data: &Path) -> Instance {
    let instance = Instance::start(data);
    let file = data.join("people.csv");
    fs::write(&file, "phone,name\n0711100001,Amina K\n0711100002,Baraka O\n0711100003,Chausiku\n").unwrap();
    text(data, &["import", "People", file.to_str().unwrap(), "--create"]);
    text(data, &["send", "--book", "People", "--message", "Karibu sana", "--yes"]);
    // Not by `--follow`, which looks once a second.
    let began = Instant::now();
    while answer(data, &["status", "1"])["status"] != "completed" {
        assert!(began.elapsed() < PATIENCE, "the campaign does not end");
    }
    let later = Clock::machine().now().plus(Millis::from_hours(1)).rfc3339(Offset::UTC);
    text(data, &["send", "--book", "People", "--message", "Later", "--at", &later, "--yes"]);
    instance
}

#[test]
fn a_sender_reads_and_steers_campaigns() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = instance_with_campaigns(data);

    let listed = text(data, &["campaigns"]);
    let lines: Vec<_> = listed.lines().collect();
    assert!(lines.len() == 3 && lines[0].starts_with("CAMPAIGN  STATUS"), "{listed}");
    assert!(lines[1].starts_with("2         scheduled") && lines[1].ends_with("People  Later"), "{listed}");
    let found = answer(data, &["campaigns", "--search", "karibu", "--status", "completed"]);
    assert_eq!((&found["total"], &found["results"][0]["campaign_id"]), (&json!(1), &json!(1)));
    let first = run(data, &["campaigns", "--limit", "1"]);
    assert!(String::from_utf8(first.stderr).unwrap().contains("1 of 2; to see more"));
    assert!(said(data, &["campaigns", "--from", "soon"], 1).starts_with("error: --from: "));

    let status = text(data, &["status", "1"]);
    assert!(status.starts_with("Campaign 1  completed\n  message     Karibu sana\n"), "{status}");
    assert!(status.contains("  recipients  3: 3 sent (") && status.contains("KES 3.00 charged"), "{status}");
    let status = answer(data, &["status", "1"]);
    assert_eq!((&status["sent_count"], &status["reasons"]), (&json!(3), &json!([])));
    assert!(said(data, &["status", "9"], 1).starts_with("error: "));

    let messages = answer(data, &["messages", "1", "--phone", "+254711100002"]);
    assert_eq!((&messages["total"], &messages["results"][0]["mobile"]), (&json!(1), &json!("254711100002")));
    assert!(said(data, &["messages", "1", "--status", "failed"], 0).contains("There are no results."));
    assert_eq!(text(data, &["messages", "1", "--all"]).lines().count(), 4);

    assert_eq!(document(&run(data, &["resume", "1", "--json"]))["error"]["code"], "campaign_state");
    assert_eq!(run(data, &["pause", "1"]).status.code(), Some(1));
    let cancelled = run(data, &["cancel", "2"]);
    assert!(String::from_utf8(cancelled.stdout).unwrap().starts_with("Campaign 2 cancelled: 0 sent, "));
    assert!(String::from_utf8(cancelled.stderr).unwrap().contains("3 recipients are queued; `sms status 2`"));
    assert_eq!(answer(data, &["campaigns", "--status", "cancelled"])["total"], 1);
}

#[test]
fn a_sender_lists_contacts_opt_outs_and_money() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = instance_with_campaigns(data);

    let books = text(data, &["books"]);
    assert!(books.starts_with("ID") && books.ends_with("  People\n"), "{books}");
    let contacts = text(data, &["contacts", "People", "--limit", "2"]);
    assert_eq!(contacts.lines().count(), 3, "{contacts}");
    assert_eq!(answer(data, &["contacts", "People", "--phone", "0711100001"])["total"], 1);
    assert!(
        said(data, &["contacts", "Others"], 1).contains("there is no address book Others; there are: People")
    );
    assert!(said(data, &["opt-outs"], 0).contains("There are no results."));

    let found = text(data, &["find", "+254711100001"]);
    let lines: Vec<_> = found.lines().collect();
    assert!(
        lines[0].starts_with("contact  +254711100001  Amina") && lines[0].ends_with("in People"),
        "{found}"
    );
    assert!(lines.iter().any(|line| line.contains("of campaign 1  Karibu sana")), "{found}");
    let found = answer(data, &["find", "0711100001"]);
    assert_eq!((&found["contacts"]["total"], &found["opt_outs"]["total"]), (&json!(1), &json!(0)));
    assert_eq!(found["messages"]["searched_from"], Value::Null);
    assert!(said(data, &["find", "0711100009"], 0).contains("There is no message, contact or opt-out"));
    assert!(said(data, &["find", "hello"], 1).starts_with("error: <PHONE>: "));

    let balance = answer(data, &["balance"]);
    assert!(
        text(data, &["balance"])
            .contains(&format!("KES {} available", balance["available"].as_str().unwrap()))
    );
    let statement = answer(data, &["statement"]);
    let kinds: Vec<_> = statement["results"].as_array().unwrap().iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["campaign", "campaign", "top_up"]);
    assert!(text(data, &["statement"]).contains("  -3.00"));

    let key = fs::read_to_string(data.join("demo-key")).unwrap();
    let link = text(data, &["console"]);
    assert!(
        link.starts_with("http://") && link.ends_with(&format!("/console/#key={}\n", key.trim())),
        "{link}"
    );
    assert_eq!(answer(data, &["console"])["url"], link.trim_end());
}

#[test]
fn a_list_is_read_to_its_end_and_the_key_goes_to_no_other_server() {
    let folder = tempfile::tempdir().unwrap();
    let key = ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]);
    let other_server = Endpoint::start(|_| panic!("called"));
    let elsewhere = format!("{}/v1/address-books/?cursor=abc&page_size=2", other_server.url());
    let api = Endpoint::start(move |request| {
        let is_second = request.line.starts_with("GET /v1/address-books/?cursor=abc&page_size=2 ");
        let names: &[&str] = if is_second { &["C"] } else { &["A", "B"] };
        let results: Vec<_> = names.iter().map(|name| json!({"id": name, "name": name})).collect();
        let next = if is_second { Value::Null } else { json!(elsewhere) };
        (200, json!({"total": 3, "total_pages": 2, "next": next, "results": results}).to_string())
    });
    let url = api.url();
    let variables = [("SMS_API_URL", url.as_str()), ("SMS_API_KEY", key.reveal())];
    let shown = run_with(folder.path(), &variables, &["books", "--all"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    let names: Vec<_> = shown.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert_eq!(names, ["NAME", "A", "B", "C"]);
    let all = run_with(folder.path(), &variables, &["books", "--all", "--json"]);
    assert_eq!(document(&all)["results"].as_array().unwrap().len(), 3);
}

#[test]
fn a_profile_names_an_api_and_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let elsewhere = data.join("elsewhere");
    let key = fs::read_to_string(data.join("demo-key")).unwrap();
    let url = text(data, &["console"]).split_once("/console/").unwrap().0.to_owned();
    let home = [("XDG_CONFIG_HOME", data.to_str().unwrap())];

    let login = |input: &str| {
        run_fed(&elsewhere, &home, &["login", "acme", "--url", &url, "--json"], input.as_bytes())
    };
    assert_eq!(document(&login("tk_live_x\n"))["error"]["code"], "invalid_api_key");
    let kept = login(&key);
    let shown = document(&kept);
    assert_eq!(
        (&shown["profile"], &shown["url"], &shown["key"]["mode"]),
        (&json!("acme"), &json!(url), &json!("live"))
    );
    assert!(!shown.to_string().contains(key.trim()));
    let asked = |variables: &[(&str, &str)], arguments: &[&str]| {
        let variables = [&home[..], variables].concat();
        let output = run_with(&elsewhere, &variables, &[arguments, &["--json"]].concat());
        (output.status.code(), document(&output))
    };
    assert_eq!(asked(&[], &["books", "--as", "acme"]).1["total"], 0);
    assert_eq!(asked(&[("SMS_PROFILE", "acme"), ("SMS_API_KEY", "")], &["books"]).1["total"], 0);
    let (exit, refused) = asked(&[("SMS_API_KEY", key.trim())], &["books", "--as", "acme"]);
    assert_eq!((exit, &refused["error"]["code"]), (Some(2), &json!("usage")), "two keys");
    let (exit, refused) = asked(&[("SMS_API_KEY", key.trim())], &["books", "--url", "http://sms.example"]);
    assert_eq!((exit, &refused["error"]["code"]), (Some(1), &json!("invalid_url")), "the key in clear");
    let (exit, refused) = asked(&[], &["login", "other", "--as", "acme", "--url", &url]);
    assert_eq!((exit, &refused["error"]["code"]), (Some(2), &json!("usage")), "two profiles");
    assert_eq!(asked(&[], &["books", "--as", "none"]).1["error"]["code"], "profile_not_found");
    assert_eq!(asked(&[], &["profiles"]).1["results"], json!([{"profile": "acme", "url": url}]));
    assert_eq!(asked(&[], &["logout", "acme"]).1["removed"], true);
    assert_eq!(asked(&[], &["profiles"]).1["total"], 0);
}
