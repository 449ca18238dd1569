use clap::CommandFactory;
use domain::{
    money::Money,
    timestamp::{Millis, Offset},
};

use super::*;
use crate::operator::Setting;

fn parsed(line: &str) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(["sms"].into_iter().chain(line.split(' ').filter(|word| !word.is_empty())))
}

#[test]
fn the_definition_of_the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn an_organisation_is_described_on_one_line() {
    let line =
        "org create Acme --currency KES --sender ACME --sender OTHER --price 254=0.80 --stack production";
    let Command::Org { command: OrganisationCommand::Create(args), at } = parsed(line).unwrap().command
    else {
        panic!("another command");
    };
    assert_eq!(args.senders.len(), 2);
    assert_eq!(args.prices[0].per_segment, Money::from_ten_thousandths(8_000));
    assert_eq!((args.offset, at.stack.as_deref()), (Offset::EAST_AFRICA, Some("production")));
    assert!(parsed("org create Acme --currency KES --sender ACME").is_err(), "no price");
}

#[test]
fn a_change_sets_only_the_settings_that_it_names() {
    let line = "org set acme --price 255=2.50 --daily-spend-cap none --duplicate-window 15";
    let Command::Org { command: OrganisationCommand::Set(args), .. } = parsed(line).unwrap().command else {
        panic!("another command");
    };
    let (_, changes) = args.changes();
    assert_eq!(changes.daily_spend_cap, Some(Setting::Off));
    assert_eq!(changes.duplicate_window, Some(Setting::On(Millis::from_mins(15))));
    assert_eq!((changes.rate_limit, changes.default_sender), (None, None));
    for bad in ["--rate-limit 0", "--daily-spend-cap -1", "--price 255", "--currency UGX"] {
        assert!(parsed(&format!("org set acme {bad}")).is_err(), "{bad}");
    }
}

#[test]
fn a_top_up_has_an_amount_above_zero_and_a_reference() {
    assert!(parsed("topup demo 100 --reference M-1").is_ok());
    assert!(parsed("topup demo 100").is_err());
    assert!(parsed("topup demo 1.00000 --reference M-1").is_ok());
    for amount in ["1.00001", "0", "0.00", "-5", "-- -5"] {
        assert!(parsed(&format!("topup --reference M-1 demo {amount}")).is_err(), "{amount}");
    }
}

#[test]
fn a_correction_has_a_reason_and_a_reason_corrects() {
    let correct = "topup demo 100 --reference C-1 --correct";
    assert!(parsed(&format!("{correct} --reason mistyped")).is_ok());
    assert!(parsed(correct).is_err());
    assert!(parsed("topup demo 100 --reference C-1 --reason mistyped").is_err());
    assert!(parsed(&format!("{correct} --reason {}", "x".repeat(201))).is_err());
}

#[test]
fn a_currency_is_a_code_of_iso_4217_in_use() {
    let line = |code| format!("org create Acme --currency {code} --sender ACME --price 254=0.80");
    for code in ["KES", "UGX", "BHD"] {
        assert!(parsed(&line(code)).is_ok(), "{code}");
    }
    for code in ["KSH", "XXX", "ABC", "kes"] {
        assert!(parsed(&line(code)).is_err(), "{code}");
    }
}

#[test]
fn every_command_of_an_operator_can_name_a_deployment() {
    for line in [
        "org show acme",
        "org list",
        "key list acme",
        "topup acme 5 --reference M-1",
        "audit",
        "stop",
        "go dispatching",
        "stops",
        "campaign cancel acme 4",
        "person export +254711500001 --organisation acme",
        "hold",
        "redrive",
    ] {
        let line = format!("{line} --stack production --profile ops --region eu-west-1");
        assert!(parsed(&line).is_ok(), "{line}");
    }
}

#[test]
fn every_command_can_answer_in_json() {
    for line in [
        "org show acme",
        "key list acme",
        "topup acme 5 --reference M-1",
        "audit",
        "stop accepting --organisation acme --reason unpaid",
        "go",
        "stops",
        "campaign list",
        "campaign resume-faulted acme",
        "person erase +254711500001 --organisation acme",
        "hold",
        "redrive",
        "import People people.csv",
        "send --book People --message Hi",
        "follow 1",
        "campaigns --status running --limit 5",
        "status 1",
        "messages 1 --status failed --all",
        "find 0711500001",
        "pause 1",
        "resume 1",
        "cancel 1",
        "books",
        "contacts People --phone 0711500001",
        "opt-outs",
        "balance",
        "statement --month 2027-01",
        "console --no-open --as acme",
        "login acme --url https://api.example.com",
        "logout acme",
        "profiles",
        "completions zsh",
    ] {
        assert_eq!(parsed(line).unwrap().format(), Format::Text, "{line}");
        assert_eq!(parsed(&format!("{line} --json")).unwrap().format(), Format::Json, "{line}");
        assert_eq!(parsed(&format!("--json {line}")).unwrap().format(), Format::Json, "{line}");
    }
}

#[test]
fn a_stop_names_one_activity_or_stops_both() {
    for line in ["stop", "stop accepting", "go dispatching --organisation acme"] {
        assert!(parsed(line).is_ok(), "{line}");
    }
    for line in ["stop receiving", "go --reason done", "stop accepting dispatching"] {
        assert!(parsed(line).is_err(), "{line}");
    }
}

#[test]
fn the_debug_output_of_a_command_line_has_neither_the_key_nor_the_text() {
    let line = "send --book Customers --message Karibu --url http://localhost:1 --key tk_live_secret";
    let shown = format!("{:?}", parsed(line).unwrap());
    assert!(shown.contains("Customers") && shown.contains("http://localhost:1"), "{shown}");
    assert!(!shown.contains("Karibu") && !shown.contains("secret"), "{shown}");
    let shown = format!("{:?}", parsed("person erase +254711500001 --organisation acme").unwrap());
    assert!(!shown.contains("711500001"), "{shown}");
    for line in ["find 0711500001", "messages 1 --phone 0711500001", "opt-outs --phone 0711500001"] {
        let shown = format!("{:?}", parsed(line).unwrap());
        assert!(!shown.contains("711500001"), "{shown}");
    }
}
