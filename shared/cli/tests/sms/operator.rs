//! The operator's and the customer's commands, against a running instance.

use std::fmt::Write;

use domain::timestamp::{Millis, Offset};
use platform::clock::Clock;

use super::{
    instance::{Instance, variable},
    process::{document, printed, run, run_unread, run_with},
};

#[test]
fn an_organisation_is_created_topped_up_and_gets_keys() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let create =
        ["org", "create", "Acme Ltd", "--currency", "KES", "--sender", "ACME", "--price", "254=0.80"];
    assert!(printed(data, &create).contains("Acme Ltd (acme-ltd)"));
    let again = run(data, &create);
    assert!(String::from_utf8(again.stderr).unwrap().contains("acme-ltd is taken"));

    let top_up = ["topup", "acme-ltd", "500", "--reference", "M-1"];
    assert_eq!(printed(data, &top_up), "KES 500.00 added; Acme Ltd has KES 500.00 available.\n");
    assert!(printed(data, &top_up).contains("was added before"));
    assert!(!run(data, &["topup", "acme-ltd", "501", "--reference", "M-1"]).status.success());
    let nothing = run(data, &["topup", "acme-ltd", "0", "--reference", "M-2"]);
    assert!(String::from_utf8(nothing.stderr).unwrap().contains("must be above zero"));
    assert!(!run(data, &["topup", "nobody", "1", "--reference", "M-1"]).status.success());

    let correct = ["topup", "acme-ltd", "100", "--reference", "C-1", "--correct", "--reason", "typed twice"];
    assert_eq!(printed(data, &correct), "KES 100.00 taken out; Acme Ltd has KES 400.00 available.\n");
    assert!(printed(data, &correct).contains("was taken out before"));
    for (amount, flags, reason) in [
        ("400.01", &correct[5..], "only KES 400.00 is available"),
        ("0.005", &[][..], "KES has at most 2 decimals"),
        ("900000000000000", &[][..], "KES 200000000000000.00 at most"),
    ] {
        let line = [&["topup", "acme-ltd", amount, "--reference", "C-2"][..], flags].concat();
        let refused = String::from_utf8(run(data, &line).stderr).unwrap();
        assert!(refused.contains(reason), "{refused}");
    }

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
#[ignore = "long: .ci/run"]
fn a_file_is_imported_in_pieces_and_sent_to() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
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
    assert!(imported.contains("301 rows: 300 added, 0 updated, 1 invalid."), "{imported}");
    assert!(imported.contains("line 302: 12: "), "{imported}");
    assert!(printed(data, &["import", "People", path]).contains("0 added"));

    let estimate = printed(data, &["send", "--book", "People", "--message", "Hi", "--dry-run"]);
    assert_eq!(estimate, "300 recipients, 1 segment each: KES 300.00\n");
    let sent = printed(data, &["send", "--book", "People", "--message", "Hi", "--follow", "--yes"]);
    assert!(sent.contains("Campaign 1 completed: 300 sent, 0 failed"), "{sent}");
    assert!(printed(data, &["follow", "1"]).contains("300 sent"));

    let at = Clock::machine().now().plus(Millis::from_hours(1)).rfc3339(Offset::UTC);
    printed(data, &["send", "--book", "People", "--message", "Later", "--at", &at, "--yes"]);
    let shown = printed(data, &["campaign", "show", "demo", "1"]);
    assert!(shown.contains("completed  300 recipients") && shown.contains("300 sent"), "{shown}");
    assert!(printed(data, &["campaign", "list", "demo"]).contains("  2  scheduled  300 recipients"));
    printed(data, &["hold"]);
    assert!(printed(data, &["stops"]).contains("accepting is stopped for all organisations since"));
    let paused = run(data, &["follow", "2"]);
    let said = String::from_utf8(paused.stderr).unwrap();
    assert!(!paused.status.success(), "{said}");
    assert!(said.contains("  0/300  paused: 0 sent") && said.contains("campaign 2 is paused"), "{said}");
    assert!(said.contains("`sms resume 2`"), "{said}");
    let paused = run(data, &["follow", "2", "--json"]);
    assert_eq!((paused.status.code(), &document(&paused)["status"]), (Some(1), &"paused".into()));
    assert!(printed(data, &["campaign", "cancel", "demo", "2"]).contains("  2  cancelled"));
    let again = String::from_utf8(run(data, &["campaign", "resume", "demo", "2"]).stderr).unwrap();
    assert!(again.contains("campaign 2 is cancelled and cannot be resumed"), "{again}");
    assert_eq!(printed(data, &["go"]), "Nothing is stopped.\n");
}

#[test]
fn dead_letters_are_redriven_on_this_machine_and_in_a_named_stack() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let nothing = "batches: 0 moved back, 0 left\nreceipts: 0 moved back, 0 left\n\
                   set aside: 0 batches are retried\n";
    assert_eq!(printed(data, &["redrive"]), nothing);

    // The tables and queues of this instance, as those of a stack of its prefix are named.
    let (sqs, tables) = (variable(data, "AWS_ENDPOINT_URL_SQS"), variable(data, "AWS_ENDPOINT_URL_DYNAMODB"));
    let key = variable(data, "AWS_ACCESS_KEY_ID");
    let aws = [
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", &key),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL_SQS", &sqs),
        ("AWS_ENDPOINT_URL_DYNAMODB", &tables),
    ];
    let there = run_with(data, &aws, &["redrive", "--stack", "local"]);
    assert_eq!(String::from_utf8(there.stdout).unwrap(), nothing, "{:?}", there.stderr);
    // If the environment names tables, the queues of this instance are not used.
    let accounts = variable(data, "ACCOUNTS_TABLE");
    let tables_alone = run_with(data, &[&aws[..], &[("ACCOUNTS_TABLE", &accounts)]].concat(), &["redrive"]);
    let said = String::from_utf8(tables_alone.stderr).unwrap();
    let missing = "BATCHES_QUEUE_URL is not set; SMALL_BATCHES_QUEUE_URL is not set; TEST_BATCHES_QUEUE_URL is not set; \
                   RECEIPTS_QUEUE_URL is not set";
    assert!(!tables_alone.status.success() && said.contains(missing), "{said}");
    assert!(tables_alone.stdout.is_empty());

    let nowhere = run_with(data, &aws, &["redrive", "--stack", "nowhere"]);
    let said = String::from_utf8(nowhere.stderr).unwrap();
    assert!(!nowhere.status.success() && said.contains("no queue nowhere-batches"), "{said}");
}

#[test]
fn an_organisation_is_changed_in_the_parts_that_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let before = printed(data, &["org", "show", "demo"]);
    let set = ["org", "set", "demo", "--price", "254=0.80", "--sender", "ACME", "--daily-spend-cap", "5000"];
    let after = printed(data, &set);
    assert_eq!(after, printed(data, &["org", "show", "demo"]));
    assert!(after.contains("price       254=0.80") && after.contains("TALKNTALK, ACME"), "{after}");
    assert!(after.contains("daily cap   KES 5000.00"), "{after}");
    let changed: Vec<_> = before.lines().filter(|line| after.lines().all(|other| other != *line)).collect();
    assert_eq!(changed, ["  senders     TALKNTALK", "  price       254=1.00", "  daily cap   none"]);

    let allowed = printed(data, &["org", "set", "demo", "--not-mobile", "allow"]);
    assert!(before.contains("not mobile  skip") && allowed.contains("not mobile  allow"), "{allowed}");
    assert!(printed(data, &["org", "set", "demo", "--daily-spend-cap", "none"]).contains("daily cap   none"));
    let refused = run(data, &["org", "set", "demo", "--remove-sender", "TALKNTALK"]);
    assert!(String::from_utf8(refused.stderr).unwrap().contains("needs a sender id"));
    assert!(!run(data, &["org", "set", "nobody", "--rate-limit", "5"]).status.success());
}

#[test]
fn a_command_is_repeated_under_its_key_without_a_second_campaign() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let file = data.join("people.csv");
    std::fs::write(&file, "phone\n0711100001\n").unwrap();
    printed(data, &["import", "One", file.to_str().unwrap(), "--create"]);

    let dear = ["send", "--book", "One", "--message", "Hi", "--max-cost", "0.01", "--yes"];
    let refused = String::from_utf8(run(data, &dear).stderr).unwrap();
    assert!(refused.contains("--max-cost") && !refused.contains("--idempotency-key"), "{refused}");

    let send = ["send", "--book", "One", "--message", "Hi", "--yes", "--idempotency-key", "order-4711"];
    let sent = printed(data, &send);
    assert!(sent.ends_with("\nCampaign 1\n"), "{sent}");
    assert_eq!(printed(data, &send), sent);
    let other = ["send", "--book", "One", "--message", "Ho", "--yes", "--idempotency-key", "order-4711"];
    assert!(!run(data, &other).status.success());
}

#[test]
fn a_closed_pipe_ends_a_command_without_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let unread = run_unread(data, &["org", "show", "demo"]);
    let error = String::from_utf8(unread.stderr).unwrap();
    assert!(unread.status.success() && !error.contains("panicked"), "{error}");
}

#[test]
fn without_a_running_instance_a_command_says_how_to_start_one() {
    let folder = tempfile::tempdir().unwrap();
    let refused = run(folder.path(), &["key", "list", "demo"]);
    assert!(!refused.status.success());
    assert!(String::from_utf8(refused.stderr).unwrap().contains("no instance runs on"));
}
