//! Damage to campaigns, their batches, journals and reports.

use auditor::Rule;
use domain::campaign::deadlines::RETENTION;
use domain::{
    batch::RecipientBatch,
    delivery::DeliveryStatus,
    ids::AccountName,
    journal::{self, Intent, Progress, SlotOutcome},
    msisdn::Msisdn,
    outcome::RefusalReason,
    packed,
    receipt::{DeliveryReceipt, ReportSheet, Reported},
    timestamp::Millis,
};
use tests::{World, phones};

use crate::damage::{Damaged, Item, add, bytes, say, set, set_bytes};

const HEADER: &str = "C#000000000001";
const BATCH_0: &str = "#C1#B0";
const BATCH_1: &str = "#C1#B1";

#[tokio::test]
async fn an_item_that_cannot_be_read_is_found_and_nothing_is_guessed() {
    let damaged = Damaged::shared().await;
    for place in
        [damaged.campaign("", HEADER), damaged.campaign(BATCH_0, "PLAN"), damaged.campaign(BATCH_0, "HEAD")]
    {
        damaged.tells(Rule::Readable, place, |item| set(item, "v", 2)).await;
    }
    let flip = |name: &'static str| {
        move |item: &mut Item| {
            let mut bytes = bytes(item, name);
            bytes[4] ^= 1;
            set_bytes(item, name, bytes);
        }
    };
    damaged.tells(Rule::Readable, damaged.campaign(BATCH_0, "J#000002"), flip("record")).await;
    damaged.tells(Rule::Readable, damaged.campaign(BATCH_1, "PLAN"), flip("recipients")).await;
}

#[tokio::test]
async fn a_missing_part_of_an_accept_is_found() {
    let damaged = Damaged::shared().await;
    damaged.misses(Rule::Accept, damaged.campaign("", HEADER)).await;
    damaged.misses(Rule::Accept, damaged.campaign("", "T#000000000001")).await;
    damaged.misses(Rule::Accept, damaged.campaign("#C1", "DIR")).await;
    damaged.misses(Rule::Accept, damaged.campaign(BATCH_1, "PLAN")).await;
    let plan = damaged.get(&damaged.campaign(BATCH_0, "PLAN")).await;
    let orphan = damaged.campaign("#C99#B0", "PLAN");
    let report = damaged.meets(None, orphan, plan).await;
    assert!(report.is_clean() && report.orphan_batches == 1, "{report}");
    damaged.tells(Rule::Tenancy, damaged.campaign("", HEADER), |header| set(header, "campaign", 2)).await;
}

#[tokio::test]
async fn batches_that_do_not_divide_the_audience_exactly_are_found() {
    let damaged = Damaged::shared().await;
    let first = packed::unpack::<Msisdn>(&bytes(
        &damaged.get(&damaged.campaign(BATCH_0, "PLAN")).await,
        "recipients",
    ));
    let first = first.unwrap();
    let repeat = |item: &mut Item| {
        let mut numbers = packed::unpack(&bytes(item, "recipients")).unwrap();
        let last = numbers.len() - 1;
        numbers[last] = first[30];
        numbers.sort_unstable();
        set_bytes(item, "recipients", packed::pack(&numbers));
    };
    damaged.tells(Rule::Audience, damaged.campaign(BATCH_1, "PLAN"), repeat).await;
    let move_start = |item: &mut Item| {
        let mut starts = bytes(item, "starts");
        starts[2] ^= 1;
        set_bytes(item, "starts", starts);
    };
    damaged.tells(Rule::Audience, damaged.campaign("#C1", "DIR"), move_start).await;
    for sk in ["PLAN", "HEAD", "J#000001"] {
        damaged
            .tells(Rule::Retention, damaged.campaign(BATCH_0, sk), |item| add(item, "expires_at", -1))
            .await;
    }
    let keep = |item: &mut Item| drop(item.remove("expires_at"));
    damaged.tells(Rule::Retention, damaged.campaign("#C1", "DIR"), keep).await;
}

#[tokio::test]
async fn a_journal_with_a_gap_or_an_outcome_of_another_workers_call_is_found() {
    let damaged = Damaged::shared().await;
    damaged.misses(Rule::Journal, damaged.campaign(BATCH_0, "J#000003")).await;
    let by_stranger = |item: &mut Item| {
        let mut record = journal::decode(&bytes(item, "record")).unwrap();
        record.token ^= 1;
        set_bytes(item, "record", journal::encode(&record));
    };
    damaged.tells(Rule::Journal, damaged.campaign(BATCH_0, "J#000003"), by_stranger).await;
    // The first group is handed over again, by the record of its outcomes: to the account that has declined it, and
    // after hand-overs that may have been taken.
    let first = damaged.get(&damaged.campaign(BATCH_0, "J#000001")).await;
    let first = journal::decode(&bytes(&first, "record")).unwrap().intent.unwrap();
    let declined = SlotOutcome::Declined(RefusalReason::NotRouted, "407".to_owned());
    for outcome in [declined, SlotOutcome::Unknown, SlotOutcome::Accepted(None)] {
        let again = |item: &mut Item| {
            let mut record = journal::decode(&bytes(item, "record")).unwrap();
            record.outcomes = vec![outcome.clone(); first.slots.len()];
            record.intent = Some(first.clone());
            set_bytes(item, "record", journal::encode(&record));
        };
        damaged.tells(Rule::Journal, damaged.campaign(BATCH_0, "J#000002"), again).await;
    }
    let twice = |item: &mut Item| {
        let mut record = journal::decode(&bytes(item, "record")).unwrap();
        record.intent = Intent::new(AccountName::new("africastalking"), vec![0]);
        set_bytes(item, "record", journal::encode(&record));
    };
    let last = damaged.sort_keys(&damaged.campaign(BATCH_0, "")).await;
    let last = last.iter().rfind(|sk| sk.starts_with("J#")).unwrap().clone();
    damaged.tells(Rule::Journal, damaged.campaign(BATCH_0, &last), twice).await;
}

#[tokio::test]
async fn impossible_turns_of_a_provider_account_are_found() {
    let damaged = Damaged::start().await;
    let world = &damaged.world;
    let until = world.now().plus(Millis::from_mins(5));
    world.stack.stores().campaigns.hold_account(AccountName::new("sandbox"), until).await.unwrap();
    let turns = || damaged.turns("sandbox");
    damaged.tells(Rule::Readable, turns(), |item| set(item, "v", 2)).await;
    damaged.tells(Rule::Readable, turns(), |item| set(item, "revision", 0)).await;
    damaged.tells(Rule::Readable, turns(), |item| drop(item.remove("booked_until"))).await;
    let hour = Millis::from_hours(1).0;
    damaged.tells(Rule::Turns, turns(), |item| add(item, "held_until", hour)).await;
    let booked = (until.millis() + 25 * hour) * 1_000;
    damaged.tells(Rule::Turns, turns(), |item| set(item, "booked_until", booked)).await;
}

#[tokio::test]
async fn a_report_about_a_refused_recipient_and_an_account_that_no_report_is_looked_for_by_are_found() {
    let damaged = Damaged::shared().await;
    let (suffix, slot, recipients) = refused(&damaged).await;
    let report = |item: &mut Item| {
        let mut sheet = ReportSheet::new(recipients);
        sheet.apply(slot, &DeliveryReceipt::new(Reported::Delivered, None, None)).unwrap();
        set_bytes(item, "reports", sheet.encode());
    };
    damaged.tells(Rule::Reports, damaged.campaign(suffix, "HEAD"), report).await;
    let forget = |item: &mut Item| drop(item.remove("sent_by"));
    damaged.tells(Rule::Reports, damaged.campaign("", HEADER), forget).await;
}

/// The batch and slot of a recipient that was refused, and how many the batch has.
async fn refused(damaged: &Damaged) -> (&'static str, u16, usize) {
    for (number, suffix) in [(0, BATCH_0), (1, BATCH_1)] {
        let plan = damaged.get(&damaged.campaign(suffix, "PLAN")).await;
        let plan = RecipientBatch::unpack(number, &bytes(&plan, "recipients")).unwrap();
        let mut records = Vec::new();
        for sk in
            damaged.sort_keys(&damaged.campaign(suffix, "")).await.iter().filter(|sk| sk.starts_with("J#"))
        {
            let item = damaged.get(&damaged.campaign(suffix, sk)).await;
            records.push(journal::decode(&bytes(&item, "record")).unwrap());
        }
        let recipients = plan.recipients().len();
        let progress = Progress::fold(recipients, records).unwrap();
        let failed = progress.slots().iter().position(|slot| slot.status == DeliveryStatus::Failed);
        if let Some(slot) = failed {
            return (suffix, slot as u16, recipients);
        }
    }
    panic!("no recipient was refused")
}

#[tokio::test]
async fn counts_and_states_that_contradict_each_other_are_found() {
    let damaged = Damaged::shared().await;
    let count = |item: &mut Item| {
        let mut counts = item["counts"].as_m().unwrap().clone();
        add(&mut counts, "delivered", 1);
        item.insert("counts".to_owned(), aws_sdk_dynamodb::types::AttributeValue::M(counts));
    };
    damaged.tells(Rule::Counts, damaged.campaign(BATCH_0, "HEAD"), count).await;
    damaged.tells(Rule::Counts, damaged.campaign("", HEADER), |header| add(header, "sent", 1)).await;
    damaged.tells(Rule::State, damaged.campaign("", HEADER), |header| say(header, "state", "running")).await;
    damaged.tells(Rule::Lease, damaged.campaign(BATCH_0, "HEAD"), |head| set(head, "lease_until", 1)).await;
}

#[tokio::test]
async fn kept_counts_that_differ_from_their_batch_or_are_missing_are_found() {
    let damaged = Damaged::start_large([0, 57, 100]).await;
    let kept = |number: &str| damaged.campaign("#C1", &format!("COUNTS#{number}"));
    let miscount = |item: &mut Item| {
        let mut counts = bytes(item, "b0");
        counts[1] -= 1;
        set_bytes(item, "b0", counts);
    };
    damaged.tells(Rule::Counts, kept("00"), miscount).await;
    damaged.tells(Rule::Counts, kept("01"), |item| drop(item.remove("b57"))).await;
    damaged.tells(Rule::Readable, kept("02"), |item| set_bytes(item, "b100", vec![1, 1])).await;
    damaged.misses(Rule::Counts, kept("02")).await;
    for entry in ["b101", "b57"] {
        let add = |item: &mut Item| set_bytes(item, entry, vec![1, 1, 1, 0, 0, 0, 0]);
        damaged.tells(Rule::Counts, kept("02"), add).await;
    }
    damaged.tells(Rule::Retention, kept("01"), |item| add(item, "expires_at", 1)).await;
    let add_an_open_batch = |item: &mut Item| set_bytes(item, "b7", vec![1, 1, 0, 0, 0, 0, 0]);
    damaged.tells(Rule::Counts, kept("00"), add_an_open_batch).await;
}

#[tokio::test]
async fn a_batch_that_is_set_aside_is_found_and_so_is_a_wrong_count_of_such_batches() {
    let damaged = Damaged::start().await;
    let one_aside = |header: &mut Item| set(header, "set_aside", 1);
    damaged.tells(Rule::Counts, damaged.campaign("", HEADER), one_aside).await;
    let book = damaged.world.book("Other", &phones(0..3)).await;
    damaged.world.send(&[&book]).await;
    let mut head = Item::new();
    set(&mut head, "v", 1);
    set(&mut head, "lease_until", 0);
    say(&mut head, "state", "set_aside");
    say(&mut head, "unreadable", "a journal");
    set(&mut head, "expires_at", damaged.world.now().plus(RETENTION).secs());
    let (header, place) = (damaged.campaign("", "C#000000000002"), damaged.campaign("#C2#B0", "HEAD"));
    damaged.tells_with(Rule::SetAside, header, one_aside, place, head).await;
    damaged.world.drain().await;
}

#[tokio::test]
async fn money_that_differs_from_the_recipients_prices_is_found() {
    let damaged = Damaged::start().await;
    damaged.tells(Rule::BatchMoney, damaged.campaign(BATCH_0, "HEAD"), |head| add(head, "held", 1)).await;
    let charge = |header: &mut Item| add(header, "charged", 1);
    damaged.tells(Rule::CampaignMoney, damaged.campaign("", HEADER), charge).await;
    let forget = |header: &mut Item| {
        header.remove("due_at");
        header.remove("due_shard");
    };
    damaged.tells(Rule::Held, damaged.campaign("", HEADER), forget).await;
    damaged.world.clock().advance(Millis::from_hours(74));
    damaged.only(Rule::Held, "three days without a clock").await;
    damaged.world.tick().await;
    damaged.world.audit().await;
}

#[tokio::test]
async fn an_overdue_campaign_is_found_until_the_clock_has_checked_it() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..3)).await;
    world.send(&[&book]).await;
    world.lose_queued_messages().await;
    world.audit().await;
    world.clock().advance(Millis::from_hours(26));
    let report = world.audited().await;
    assert!(report.findings.iter().all(|finding| finding.rule == Rule::Deadline), "{report}");
    assert_eq!(report.findings.len(), 1, "{report}");
    world.tick().await;
    world.drain().await;
}

#[tokio::test]
async fn an_expired_lease_is_found_until_a_worker_claims_the_batch() {
    let damaged = Damaged::start().await;
    let book = damaged.world.book("Other", &phones(0..3)).await;
    damaged.world.send(&[&book]).await;
    let lease = damaged.world.now().plus(Millis::from_hours(-2)).millis();
    let place = damaged.campaign("#C2#B0", "HEAD");
    let mut head = Item::new();
    set(&mut head, "v", 1);
    set(&mut head, "lease_until", lease);
    set(&mut head, "token", 1);
    say(&mut head, "state", "open");
    let kept = damaged.world.now().plus(RETENTION).secs();
    set(&mut head, "expires_at", kept);
    damaged.meets(Some(Rule::Lease), place, head).await;
    damaged.world.drain().await;
}
