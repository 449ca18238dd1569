//! `--json`: one document on standard output for every command, its errors included.

use std::{fs, path::Path};

use domain::api_key::{ApiKey, KeyMode, RANDOM_BYTES};
use serde_json::{Value, json};

use super::{
    endpoint::Endpoint,
    home::Failure,
    instance::Instance,
    process::{document, run, run_with},
};

/// The document of a command that succeeds.
fn answer(data: &Path, arguments: &[&str]) -> Value {
    let output = run(data, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    document(&output)
}

/// Exit code and error of a command that does not.
fn error(data: &Path, arguments: &[&str]) -> (Option<i32>, Value) {
    let output = run(data, &[arguments, &["--json"]].concat());
    (output.status.code(), document(&output)["error"].clone())
}

#[test]
fn every_command_of_an_operator_answers_with_one_document() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let create =
        ["org", "create", "Acme Ltd", "--currency", "KES", "--sender", "ACME", "--price", "254=0.80"];
    let created = answer(data, &create);
    assert_eq!((&created["slug"], &created["available"]), (&json!("acme-ltd"), &json!("0.00")));
    let set = answer(data, &["org", "set", "acme-ltd", "--daily-spend-cap", "5000"]);
    assert_eq!(set["daily_spend_cap"], "KES 5000.00");
    assert_eq!(answer(data, &["org", "show", "acme-ltd"]), set);
    assert_eq!(set["prices"], json!([{"prefix": "254", "price": "KES 0.80"}]));
    let senders = json!([{"sender_id": "ACME", "is_default": true}]);
    assert_eq!((&set["sender_ids"], &set["offset"]), (&senders, &json!("+03:00")));
    assert_eq!((&set["requests_per_minute"], &set["duplicate_window_seconds"]), (&json!(300), &Value::Null));

    let top_up = ["topup", "acme-ltd", "500", "--reference", "M-1"];
    let added = answer(data, &top_up);
    assert_eq!(
        (&added["added"], &added["amount"], &added["available"]),
        (&json!(true), &json!("500.00"), &json!("500.00"))
    );
    assert_eq!(answer(data, &top_up)["added"], false);

    let issued = answer(data, &["key", "issue", "acme-ltd", "--test", "--scope", "sms:read"]);
    assert!(issued["key"].as_str().unwrap().starts_with("tk_test_"));
    let listed = answer(data, &["key", "list", "acme-ltd"]);
    assert_eq!((&listed["total"], &listed["results"][0]["id"]), (&json!(1), &issued["id"]));
    assert_eq!(listed["results"][0]["scopes"], json!(["sms:read"]));
    assert!(!listed.to_string().contains(issued["key"].as_str().unwrap()));
    let id = issued["id"].as_str().unwrap();
    assert_eq!(answer(data, &["key", "revoke", "acme-ltd", id])["revoked"], true);

    let audit = answer(data, &["audit"]);
    assert_eq!((&audit["clean"], &audit["findings"]), (&json!(true), &json!([])));
    let listed = answer(data, &["org", "list"]);
    assert_eq!((&listed["total"], &listed["results"][0]["stopped"]), (&json!(2), &json!([])));
    let stopped = answer(data, &["stop", "accepting", "--organisation", "acme-ltd", "--reason", "unpaid"]);
    let stop = &stopped["results"][0];
    assert_eq!(
        (&stopped["total"], &stop["activity"], &stop["reason"]),
        (&json!(1), &json!("accepting"), &json!("unpaid"))
    );
    assert_eq!((&stop["organisation"], &stop["organisation_id"]), (&json!("acme-ltd"), &created["id"]));
    let listed = run(data, &["stops"]);
    let listed = String::from_utf8_lossy(&listed.stdout);
    assert!(listed.contains("stopped for acme-ltd since"), "{listed}");
    assert_eq!(
        answer(data, &["stop", "accepting", "--organisation", "acme-ltd"]),
        stopped,
        "a second stop changes nothing"
    );
    assert_eq!(answer(data, &["go"]), stopped, "go for all organisations keeps the stop of one");
    let go = ["go", "--organisation", "acme-ltd"];
    assert_eq!((&answer(data, &go)["total"], &answer(data, &["stops"])["total"]), (&json!(0), &json!(0)));
    assert_eq!(answer(data, &["campaign", "list"])["total"], 0);
    assert_eq!(answer(data, &["campaign", "resume-faulted"])["resumed_campaigns"], 0);
    assert_eq!(answer(data, &["hold"]), json!({"paused_campaigns": 0, "unreadable_campaigns": 0}));
    assert_eq!(answer(data, &["stops"])["total"], 2, "a hold stops everything");
    let redriven = answer(data, &["redrive"]);
    assert_eq!(
        (&redriven["batches"], &redriven["batches_retried"]),
        (&json!({"moved": 0, "left": 0}), &json!(0))
    );

    let (exit, taken) = error(data, &create);
    assert_eq!((exit, &taken["code"]), (Some(1), &json!("slug_taken")));
    let erased = answer(data, &["person", "erase", "0711500001", "--organisation", "acme-ltd"]);
    assert_eq!(
        (&erased["contacts"], &erased["messages"], &erased["backup_days"]),
        (&json!(0), &json!(0), &json!(35))
    );
    let exported = answer(data, &["person", "export", "+254711500001", "--organisation", "acme-ltd"]);
    assert_eq!((&exported["opt_out"]["source"], &exported["contacts"]), (&json!("organisation"), &json!([])));
    let (exit, wrong) = error(data, &["person", "export", "12", "--organisation", "acme-ltd"]);
    assert_eq!((exit, &wrong["code"]), (Some(1), &json!("invalid_phone")));
    let (exit, unknown) = error(data, &["campaign", "cancel", "acme-ltd", "9"]);
    assert_eq!((exit, &unknown["code"]), (Some(1), &json!("campaign_not_found")));
    let (exit, unknown) = error(data, &["org", "show", "nobody"]);
    assert_eq!(
        (exit, &unknown["code"], &unknown["causes"]),
        (Some(1), &json!("organisation_not_found"), &json!([]))
    );
}

#[test]
fn every_command_of_a_sender_answers_with_one_document() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let file = data.join("people.csv");
    fs::write(&file, "phone\n0711100001\n0711100002\n12\n").unwrap();
    let path = file.to_str().unwrap();
    let (exit, missing) = error(data, &["import", "People", path]);
    assert_eq!((exit, &missing["code"]), (Some(1), &json!("address_book_not_found")));
    let unknown = "773a1ef2-0000-4000-8000-000000000000";
    for command in [
        &["import", unknown, path][..],
        &["import", unknown, path, "--create"],
        &["send", "--book", unknown, "--message", "Hi", "--yes"],
    ] {
        let (exit, missing) = error(data, command);
        assert_eq!((exit, &missing["code"]), (Some(1), &json!("address_book_not_found")), "{command:?}");
        let said = missing["message"].as_str().unwrap();
        assert!(said.starts_with(&format!("there is no address book {unknown}; there are")), "{said}");
    }
    let imported = answer(data, &["import", "People", path, "--create"]);
    assert_eq!(
        (&imported["received"], &imported["added"], &imported["invalid_count"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(imported["invalid"][0]["row"], 3);

    let send = ["send", "--book", "People", "--message", "Hi"];
    let estimate = answer(data, &[&send[..], &["--dry-run"]].concat());
    assert_eq!((&estimate["dry_run"], &estimate["estimated_cost"]), (&json!(true), &json!("KES 2.00")));
    assert_eq!(estimate.get("campaign_id"), None);
    let sent = answer(data, &[&send[..], &["--follow", "--yes", "--idempotency-key", "a"]].concat());
    assert_eq!((&sent["campaign_id"], &sent["idempotency_key"]), (&json!(1), &json!("a")));
    assert_eq!(
        (&sent["campaign"]["status"], &sent["campaign"]["sent_count"]),
        (&json!("completed"), &json!(2))
    );
    let followed = answer(data, &["follow", "1"]);
    // All fields of the API's status, not only those of the text.
    assert_eq!((&followed["message"], &followed["group_names"]), (&json!("Hi"), &json!(["People"])));

    let (exit, refused) = error(data, &[&send[..], &["--max-cost", "0.01"]].concat());
    assert_eq!((exit, &refused["code"]), (Some(1), &json!("max_cost_exceeded")));
    // A program is not asked, so nothing is sent without --yes.
    let (exit, unasked) = error(data, &send);
    assert_eq!((exit, &unasked["code"]), (Some(4), &json!("confirmation_required")));
    let (exit, unknown) = error(data, &["follow", "99"]);
    assert_eq!((exit, &unknown["code"]), (Some(1), &json!("campaign_not_found")));
}

#[test]
fn a_send_without_an_answer_has_its_own_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let portal = Endpoint::start(|_| (200, "<html>Please sign in to the hotel's network.</html>".to_owned()));
    let (url, key) = (portal.url(), ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]));
    let variables = [("SMS_API_URL", url.as_str()), ("SMS_API_KEY", key.reveal())];
    let book = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    let send =
        ["send", "--book", book, "--message", "Hi", "--yes", "--idempotency-key", "order-4711", "--json"];
    let failure = Failure::of(&run_with(folder.path(), &variables, &send));
    assert_eq!((failure.code.as_str(), failure.exit), ("unconfirmed", Some(3)));
    assert!(failure.message.contains("--yes --idempotency-key order-4711"), "{failure:?}");
}

#[test]
fn with_json_the_error_of_an_invalid_command_line_is_a_document() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let (exit, usage) = error(data, &["topup", "demo", "0", "--reference", "M-1"]);
    assert_eq!((exit, &usage["code"]), (Some(2), &json!("usage")));
    assert!(usage["message"].as_str().unwrap().contains("must be above zero"), "{usage}");
    let (exit, nothing) = error(data, &["org", "show", "demo"]);
    assert_eq!((exit, &nothing["code"]), (Some(1), &json!("not_running")));
    assert_eq!(answer(data, &["--version"])["name"], "sms");
    assert!(answer(data, &["--help"])["help"].as_str().unwrap().contains("Exit codes"));
    let completions = answer(data, &["completions", "bash"]);
    assert!(completions["script"].as_str().unwrap().contains("complete"));
}

#[test]
fn the_help_and_the_completions_are_text() {
    let folder = tempfile::tempdir().unwrap();
    let text = |arguments: &[&str]| {
        let output = run(folder.path(), arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(text(&["--version"]).starts_with("sms 0."));
    let help = text(&["--help"]);
    assert!(help.contains("Check all stored data for consistency (read-only)"), "{help}");
    assert!(help.contains("Exit codes:\n  0  done"), "{help}");
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(text(&["completions", shell]).contains("redrive"), "{shell}");
    }
}
