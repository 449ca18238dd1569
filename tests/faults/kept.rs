//! The noting of a large campaign's counts: against reports that come in the middle of it, and against the death
//! of whoever does it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use domain::{
    ids::BatchNumber,
    receipt::{DeliveryReceipt, MatchedBy, Reported, SlotReport},
    timestamp::Millis,
};
use stores::campaigns::BatchReports;
use tests::proxy::Fault;
use tokio::sync::Notify;

use crate::{
    rig::{GROUP, Ground, Queue, Rig},
    truth::{Behaviour, Truth},
};

/// Batches of one recipient: so many that their counts are kept.
const LARGE: u64 = 101;

/// Says that these batches' recipients have their message: of more than one in one transaction.
async fn report(rig: &Rig<'_>, campaign: u64, batches: &[BatchNumber]) {
    let receipt = DeliveryReceipt::new(Reported::Delivered, None, None);
    let report = SlotReport { slot: 0, provider_message_id: None, receipt, matched_by: MatchedBy::Recipient };
    let batches: Vec<_> =
        batches.iter().map(|batch| BatchReports { batch: *batch, reports: vec![report.clone()] }).collect();
    let campaigns = &rig.stores().campaigns;
    let applied = campaigns.apply_reports(rig.campaign(campaign), &batches, rig.clock.now()).await;
    assert!(applied.into_iter().all(|applied| applied.unwrap().changed == 1));
}

/// How many the kept counts say are delivered.
async fn kept(rig: &Rig<'_>, campaign: u64) -> i64 {
    let campaigns = &rig.stores().campaigns;
    let read = campaigns.with_counts(rig.campaign(campaign)).await;
    read.unwrap().unwrap().counts.unwrap().iter().map(|counts| counts.delivered).sum()
}

/// A system with a campaign that is not begun.
async fn accepted(ground: &Ground) -> (Rig<'_>, u64) {
    let truth = Truth::once(GROUP, Behaviour::Accepts);
    let rig = Rig::with_people(ground, truth, LARGE).await.in_batches_of(1);
    let campaign = rig.insist("once").await;
    (rig, campaign)
}

/// Where its counts are kept.
fn partition(rig: &Rig<'_>, campaign: u64) -> String {
    format!("ORG#{}#C{campaign}", rig.organisation)
}

#[tokio::test]
async fn reports_that_come_before_a_note_is_written_are_kept_and_what_was_read_is_not() {
    let ground = Ground::start().await;
    let (rig, campaign) = accepted(&ground).await;
    assert!(rig.deliver(Queue::Batches).await >= 5);
    rig.pass(Millis::from_mins(3));
    let (partition, notes) = (partition(&rig, campaign), Arc::new(Notify::new()));
    let note = notes.clone();
    rig.plan(move |call| {
        let is_note = call.operation == "UpdateItem" && call.partitions.contains(&partition);
        if is_note && call.function() == "clock" {
            note.notify_one();
            Fault::Hold
        } else {
            Fault::None
        }
    });
    tokio::join!(rig.tick(), async {
        notes.notified().await;
        assert_eq!(kept(&rig, campaign).await, 0, "nothing is noted yet");
        report(&rig, campaign, &[0]).await;
        report(&rig, campaign, &[1, 2]).await;
        rig.unharmed();
        rig.proxy().release();
    });
    assert_eq!(kept(&rig, campaign).await, 3);
    report(&rig, campaign, &[3, 4]).await;
    assert_eq!(kept(&rig, campaign).await, 5);
    rig.settle().await;
    rig.hold_to_every_rule("reports while counts were noted").await;
    assert_eq!(kept(&rig, campaign).await, 5);
}

#[tokio::test]
async fn who_dies_while_ending_a_campaign_leaves_it_to_be_ended_with_every_batch_counted() {
    let ground = Ground::start().await;
    let (rig, campaign) = accepted(&ground).await;
    let mut deaths = 0;
    for (call, phase) in (1..).flat_map(|call| [(call, Fault::DieBefore), (call, Fault::DieAfter)]) {
        let (partition, calls) = (partition(&rig, campaign), AtomicU32::new(0));
        rig.plan(move |made| {
            let is_it =
                made.partitions.contains(&partition) && calls.fetch_add(1, Ordering::Relaxed) + 1 == call;
            if is_it { phase } else { Fault::None }
        });
        // The first dies as a worker, whoever comes after it as the clock.
        if deaths == 0 {
            rig.drain().await;
        } else {
            rig.pass(Millis::from_mins(3));
            rig.tick().await;
        }
        if rig.status(campaign).await.finished_at.is_some() {
            break;
        }
        deaths += 1;
    }
    assert!(deaths >= 4, "{deaths}");
    rig.finish("deaths at the end").await;
    let read = rig.stores().campaigns.with_counts(rig.campaign(campaign)).await;
    assert_eq!(read.unwrap().unwrap().counts.map(|counts| counts.len() as u64), Some(LARGE));
}
