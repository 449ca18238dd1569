//! The operator's and the customer's sub-commands, against a running instance.

use std::fmt::Write;

use crate::process::{Instance, printed, run};

#[test]
fn an_organisation_is_set_up_topped_up_and_given_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data, &["--no-demo"]);
    let create =
        ["org", "create", "Acme Ltd", "--currency", "KES", "--sender", "ACME", "--price", "254=0.80"];
    assert!(printed(data, &create).contains("Acme Ltd (acme-ltd)"));
    let again = run(data, &create);
    assert!(String::from_utf8(again.stderr).unwrap().contains("acme-ltd is taken"));

    let top_up = ["topup", "acme-ltd", "500", "--reference", "M-1"];
    assert_eq!(printed(data, &top_up), "KES 500.00 put in; Acme Ltd has KES 500.00 available.\n");
    assert!(printed(data, &top_up).contains("put in before"));
    assert!(!run(data, &["topup", "acme-ltd", "501", "--reference", "M-1"]).status.success());
    assert!(!run(data, &["topup", "nobody", "1", "--reference", "M-1"]).status.success());

    let issued = printed(data, &["key", "issue", "acme-ltd", "--name", "reader", "--scope", "sms:read"]);
    let key = issued.trim();
    assert!(key.starts_with("tk_live_"));
    let listed = printed(data, &["key", "list", "acme-ltd"]);
    assert!(listed.contains("reader") && listed.contains(&key[..12]) && !listed.contains(key), "{listed}");
    let id = listed.split_whitespace().next().unwrap();
    printed(data, &["key", "revoke", "acme-ltd", id]);
    assert!(printed(data, &["key", "list", "acme-ltd"]).contains("revoked"));
    let refused = run(data, &["follow", "1", "--key", key]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("Invalid or revoked API key."));
}

#[test]
fn a_file_is_imported_in_pieces_and_sent_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data, &["--no-demo"]);
    let file = data.join("people.csv");
    let mut csv = String::from("name,phone\n");
    for person in 0..300 {
        writeln!(csv, "Person {person},0711{:06}", person + 100_000).unwrap();
    }
    csv.push_str("Nobody,12\n");
    std::fs::write(&file, csv).unwrap();
    let path = file.to_str().unwrap();

    assert!(!run(data, &["import", "People", path]).status.success(), "there is no such book yet");
    let imported = printed(data, &["import", "People", path, "--create", "--piece-kb", "2"]);
    assert!(imported.contains("301 rows: 300 added, 0 updated, 1 are none."), "{imported}");
    assert!(imported.contains("row 301: "), "{imported}");
    assert!(printed(data, &["import", "People", path]).contains("0 added"));

    let estimate = printed(data, &["send", "--book", "People", "--message", "Hi", "--dry-run"]);
    assert_eq!(estimate, "300 people, 1 segment(s) each, KES 300.00\n");
    let sent = printed(data, &["send", "--book", "People", "--message", "Hi", "--follow"]);
    assert!(sent.contains("Campaign 1 completed: 300 sent, 0 failed"), "{sent}");
    assert!(printed(data, &["follow", "1"]).contains("300 sent"));
}

#[test]
fn without_a_running_instance_a_command_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &["key", "list", "demo"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("nothing runs on"));
}
