//! The documented event, every event of a text, and unreadable bodies.

use serde_json::{Value, json};

use super::*;
use crate::testing::{json_fixture, recipient};

/// The user guide's sample, about a message of ours.
fn event(kind: &str, is_final: bool) -> Value {
    let mut event = json_fixture("aws_eum_sendtextmessage_model.json")["sample_event"].clone();
    event["eventType"] = json!(kind);
    event["isFinal"] = json!(is_final);
    event["context"] = json!({"reference": recipient(254_711_000_001).reference.to_string()});
    event
}

#[test]
fn the_documented_sample_has_no_reference_and_is_found_by_its_number() {
    let sample = json_fixture("aws_eum_sendtextmessage_model.json")["sample_event"].to_string();
    assert!(is_event(&sample));
    let report = parse(&sample).unwrap();
    assert_eq!(report.about, About::Numbers(vec![Msisdn::parse_e164("14255550156").unwrap()]));
    assert_eq!(report.provider_message_id.as_deref(), Some("862a8790-60c0-4430-9b2b-658bdexample"));
    assert_eq!(report.receipt.network.as_deref(), Some("310800"));
    assert_eq!(report.receipt.reported, Reported::Delivered, "the last event of its text");
}

#[test]
fn every_event_is_about_the_message_that_it_names() {
    for (name, what) in EVENTS {
        for is_final in [false, true] {
            let report = parse(&event(name, is_final).to_string()).unwrap();
            assert_eq!(report.about, About::Reference(recipient(254_711_000_001).reference));
            assert_eq!((report.receipt.reported, report.unlisted), (what.reported(is_final), None), "{name}");
            let failed = report.receipt.reported == Reported::Undelivered;
            assert_eq!(report.receipt.code.as_deref(), failed.then_some(name));
        }
    }
    let accepted = parse(&event("TEXT_SUCCESSFUL", false).to_string()).unwrap();
    assert_eq!(accepted.receipt.reported, Reported::InTransit, "a delivery may follow");
}

#[test]
fn an_unlisted_event_is_reported_as_unlisted_and_counts_as_in_transit() {
    for (name, shown) in [("TEXT_RELAYED", "TEXT_RELAYED"), ("+254711000001", "unlisted")] {
        let report = parse(&event(name, true).to_string()).unwrap();
        assert_eq!((report.receipt.reported, report.unlisted.as_deref()), (Reported::InTransit, Some(shown)));
    }
}

#[test]
fn a_task_of_this_product_is_not_an_event() {
    for body in ["", "{}", r#"{"v":1,"task":{}}"#, r#"{"eventType":7}"#] {
        assert!(!is_event(body), "{body}");
        assert!(parse(body).is_err(), "{body}");
    }
}
