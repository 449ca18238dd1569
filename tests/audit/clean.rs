//! Scenarios without a fault in the data, after which the auditor must find nothing.

use std::cell::Cell;

use auditor::{AuditError, Options};
use domain::timestamp::{Millis, Offset};
use serde_json::json;
use tests::{
    World,
    audit::{ProviderTruth, Rule, Verdict, auditor, judge},
    every::step,
    phones,
};

const KEY: [(&str, &str); 1] = [("idempotency-key", "order-4711")];

#[tokio::test]
async fn every_outcome_and_every_report_leaves_the_books_balanced() {
    let world = World::start().await;
    let numbers = [
        "000001", "000002", "000003", "000004", "000005", "000006", "000007", "000008", "000011", "000035",
        "000041", "000042", "000043", "000044", "000045", "000046", "000047",
    ];
    let book = world.book("Book", &[world.magic(&numbers), phones(0..90)].concat()).await;
    let body = json!({"group_ids": [book], "message": "Habari — karibu! ".repeat(5)});
    world.api.post_with("/v1/sms/send-group/", &KEY, &body).await.expect(202);
    world.audit().await;
    for _ in 0..4 {
        world.stack.drain().await.unwrap();
        world.clock().advance(Millis::from_mins(3));
        world.tick().await;
        world.audit().await;
    }
    assert_eq!(world.status(1).await["status"], "completed");
    world.deliver_reports().await;
    assert_eq!(world.audited().await.recipients, 107);
}

#[tokio::test]
async fn after_a_lost_answer_a_broken_connection_and_a_refused_call_the_audit_is_clean() {
    // Without `EVERY=points`: a broken connection, a lost answer, and a refused call.
    for suffix in ["000034", "000013", "000033", "000021", "000037"].into_iter().step_by(step("points", 2)) {
        let world = World::start_small().await;
        let book = world.book("Book", &[world.magic(&[suffix]), phones(0..15)].concat()).await;
        world.send(&[&book]).await;
        world.drain().await;
        world.deliver_reports().await;
    }
}

#[tokio::test]
async fn after_cancel_pause_and_resume_the_audit_is_clean() {
    let world = World::start_small().await;
    let book = world.book("Book", &phones(0..125)).await;
    for campaign in 1..=3 {
        world.send(&[&book]).await;
        world.api.post(&format!("/v1/sms/campaigns/{campaign}/pause/"), &json!({})).await.expect(200);
    }
    world.drain().await;
    world.api.post("/v1/sms/campaigns/1/resume/", &json!({})).await.expect(200);
    world.api.post("/v1/sms/campaigns/2/cancel/", &json!({})).await.expect(200);
    world.audit().await;
    world.clock().advance(Millis::from_mins(3));
    world.tick().await;
    world.drain().await;
    let report = world.audited().await;
    assert_eq!((report.campaigns, report.recipients, report.contacts), (3, 375, 125));
}

#[tokio::test]
async fn after_the_clock_started_expired_and_settled_campaigns_the_audit_is_clean() {
    let world = World::start().await;
    let book = world.book("Book", &[phones(0..3), world.magic(&["000035"])].concat()).await;
    let at = world.now().plus(Millis::from_hours(24 * 200)).rfc3339(Offset::UTC);
    let body = json!({"group_ids": [book], "message": "Hi", "scheduled_at": at});
    world.api.post_with("/v1/sms/send-group/", &KEY, &body).await.expect(202);
    world.send(&[&book]).await;
    world.lose_queued_messages().await;
    world.audit().await;
    world.clock().advance(Millis::from_hours(25));
    world.tick().await;
    world.drain().await;
    world.send(&[&book]).await;
    world.drain().await;
    world.clock().advance(Millis::from_hours(74));
    world.tick().await;
    world.audit().await;
    world.deliver_reports().await;
    // An hour after the start of the last campaign.
    world.clock().advance(Millis::from_hours(24 * 200 - 99 + 1));
    world.tick().await;
    world.drain().await;
    world.deliver_reports().await;
    assert_eq!(world.status(1).await["delivered_count"], 4);
}

#[tokio::test]
async fn after_test_campaigns_no_one_was_reached_and_no_money_moved() {
    let world = World::start().await;
    let book = world.book("Book", &world.magic(&["000001", "000035", "000041", "000100"])).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    world.test_key().await.post("/v1/sms/send-group/", &body).await.expect(202);
    world.drain().await;
    world.clock().advance(Millis::from_hours(80));
    world.tick().await;
    world.audit().await;
    assert_eq!(world.inbox().messages, 0);
    let mut truth = ProviderTruth::new();
    let reference = format!("{}.1.0.2", world.organisation.id.0.simple());
    truth.took(&reference, 254_722_000_041);
    assert_eq!(world.judged(truth).await.broken(), [Rule::TakenIsShown]);
}

#[tokio::test]
async fn after_imports_removals_and_opt_outs_the_books_are_consistent() {
    let world = World::start().await;
    let book = world.book("Book", &[]).await;
    world.add_contacts(&book, &phones(30..100)).await;
    world.audit().await;
    world.book("Another", &phones(0..40)).await;
    let path = format!("/v1/address-books/{book}/contacts/");
    let contacts = world.api.get(&path).await.expect(200);
    for contact in contacts["results"].as_array().unwrap().iter().take(5) {
        let id = contact["id"].as_str().unwrap();
        assert!(world.api.delete(&format!("{path}{id}/"), None).await.status.is_success());
    }
    let nameless = json!([{"first_name": "Wanjiru"}, {"first_name": "Wanjiru"}, {"email": "a@example.com"}]);
    world.api.post(&path, &nameless).await.expect(200);
    world.api.post("/v1/opt-outs/", &json!({"phones": phones(0..40)})).await.expect(200);
    world.api.delete("/v1/opt-outs/", Some(&json!({"phone": phones(3..4)[0]}))).await;
    world.audit().await;
    assert!(world.api.delete(&format!("/v1/address-books/{book}/"), None).await.status.is_success());
    world.audit().await;
    assert_eq!(world.audited().await.books, 1);
}

async fn audit_one(world: &World, organisation: &str) -> Result<Verdict, AuditError> {
    let options = Options { now_millis: world.now().millis(), organisation: Some(organisation.to_owned()) };
    judge(&auditor(&world.stack), options, world.taken()).await
}

#[tokio::test]
async fn one_organisation_can_be_audited_alone_and_an_unknown_one_is_an_error() {
    let world = World::start().await;
    let other = world.other_organisation().await;
    let book = other.book("Book", &phones(0..2)).await;
    other.send(&[&book]).await;
    other.drain().await;
    let own = audit_one(&world, &world.organisation.id.to_string()).await.unwrap();
    let others = audit_one(&world, &other.organisation.id.to_string()).await.unwrap();
    assert!(own.is_clean() && others.is_clean(), "{own} {others}");
    let (own, others) = (own.report, others.report);
    assert_eq!((own.organisations, own.campaigns, others.campaigns), (1, 0, 1));
    let unknown = audit_one(&world, "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f").await.unwrap_err();
    assert_eq!(unknown.to_string(), "there is no such organisation");
}

#[tokio::test]
async fn no_number_and_no_text_is_in_a_report() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.drain().await;
    let mut truth = world.taken();
    truth.took_number(254_711_500_000, 9);
    let told = world.judged(truth).await.to_string();
    assert!(told.contains("taken_once"), "{told}");
    assert!(!told.contains("711500") && !told.contains("invoice"), "{told}");
}

#[tokio::test]
async fn an_audit_of_a_running_system_has_no_false_findings() {
    let world = World::start_small().await;
    let book = world.book("Book", &[world.magic(&["000035", "000042"]), phones(0..101)].concat()).await;
    let is_over = Cell::new(false);
    let life = async {
        world.send(&[&book]).await;
        world.stack.drain().await.unwrap();
        world.stack.deliver_reports().await.unwrap();
        world.add_contacts(&book, &phones(2_000..2_040)).await;
        world.give_money("meanwhile", 1).await;
        is_over.set(true);
    };
    let audits = async {
        let mut audits = 0;
        while !is_over.get() {
            let report = world.audited().await;
            assert!(report.is_clean(), "{report}");
            audits += 1;
        }
        audits
    };
    let ((), audits) = tokio::join!(life, audits);
    assert!(audits >= 3, "{audits}");
    world.audit().await;
}
