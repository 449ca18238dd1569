//! Judges the calls: which organisation's keys they touched, and whether the work explains their number.

use auditor::{Place, StoredCampaigns};

use super::{
    call_log::{CallCounts, CallLog},
    verdict::{Rule, Verdict},
};

/// Most calls of one function's invocation to tables and queues, besides those that write a batch and retries, with
/// small books and edits: one call each for a few dozen leaves and the clock's few campaigns.
const CALLS_PER_INVOCATION: u64 = 40;
/// Most calls for each item of a batch, such as a record of its journal.
const CALLS_PER_BATCH_ITEM: u64 = 8;
/// Most calls, or messages, that one failed call leads to.
const CALLS_PER_FAILURE: u64 = 10;
/// Most deliveries of a message without faults: it returns when the provider asks for a pause, and the clock enqueues
/// every open batch again.
const DELIVERIES_PER_MESSAGE: u64 = 8;
/// Further deliveries of a delivery report: one that arrives before its batch is recorded returns at growing intervals,
/// as long as the batch's worker hangs or its campaign is paused. Together with `DELIVERIES_PER_MESSAGE` they are the
/// `maxReceiveCount` of the receipts queue in `template.yaml`.
const FURTHER_DELIVERIES_PER_REPORT: u64 = 42;
/// Deliveries of a message before it is a dead letter: the larger `maxReceiveCount` of `template.yaml`.
const DELIVERIES_PER_DEAD_LETTER: u64 = 100;
/// Prefixes of partitions that belong to no organisation: API keys by their hash and their last uses, the turns of a
/// provider account, a sender id's organisations, the stops, added provider accounts, deleted books, the liveness
/// probe.
const SHARED: [&str; 8] = ["KEY#", "USED#", "TURN#", "SENDER#", "STOPS", "PROVIDERS", "REMOVALS", "HEALTH"];
/// Prefixes of partitions that go on with their organisation's id.
const OWNED: [&str; 3] = ["ORG#", "BOOK#", "ROSTER#"];
const QUEUES: [&str; 2] = ["batches", "receipts"];
/// Characters of an organisation's id.
const ID_CHARACTERS: usize = 36;

/// How many items of batches are stored.
#[derive(Clone, Copy, Debug, Default)]
struct Stored {
    batches: u64,
    batch_items: u64,
}

/// Judges the calls by the keys that they touched, and by the work that there was to do.
pub fn judge(log: &CallLog, campaigns: &StoredCampaigns, verdict: &mut Verdict) {
    for (organisation, partition) in log.touched() {
        if !is_shared(partition) && owner(partition) != Some(organisation) {
            let what = match owner(partition) {
                Some(other) => format!("a call on its behalf touched a partition of organisation {other}"),
                None => "a call on its behalf touched a partition of an unknown kind".to_owned(),
            };
            verdict.find(Rule::Foreign, Place::Organisation(organisation.to_owned()), what);
        }
    }
    let batches = || campaigns.campaigns.iter().flat_map(|campaign| &campaign.batches);
    let batch_items = batches().map(|batch| batch.items).sum();
    for what in runaways(log.counts(), Stored { batches: batches().count() as u64, batch_items }) {
        verdict.find(Rule::Runaway, Place::Tables, what);
    }
}

/// The counts that are larger than the work explains. Every message has its cause outside of the queues: a send, a
/// cancel, a resume or a run of the clock enqueues each batch once, and a callback each of its reports. Since
/// `dispatch` sends none, no queue feeds itself: recipients, reports and minutes limit the messages, the messages limit
/// the deliveries, and the deliveries limit the calls.
fn runaways(counts: CallCounts, stored: Stored) -> Vec<String> {
    let CallCounts { calls, failed, requests, orders, reports, ticks, .. } = counts;
    let CallCounts { messages, messages_of_workers, deliveries, dead_letters, .. } = counts;
    let Stored { batches, batch_items } = stored;
    let most_messages = batches * (orders + ticks) + reports + CALLS_PER_FAILURE * failed;
    let most_deliveries = DELIVERIES_PER_MESSAGE * messages
        + FURTHER_DELIVERIES_PER_REPORT * reports
        + DELIVERIES_PER_DEAD_LETTER * dead_letters
        + CALLS_PER_FAILURE * failed;
    let most_calls = CALLS_PER_INVOCATION * (requests + ticks + deliveries)
        + CALLS_PER_BATCH_ITEM * batch_items
        + CALLS_PER_FAILURE * failed;
    let mut found = Vec::new();
    if messages_of_workers > 0 {
        found.push(format!("dispatch sent {messages_of_workers} messages"));
    }
    if messages > most_messages {
        found.push(format!(
            "{messages} messages for {batches} batches, {orders} sends, cancels and resumes, {ticks} runs of the \
             clock, {reports} reports and {failed} failures"
        ));
    }
    if deliveries > most_deliveries {
        found.push(format!(
            "{messages} messages, {dead_letters} of them dead letters, were delivered {deliveries} times, with \
             {failed} failures"
        ));
    }
    if calls > most_calls {
        found.push(format!(
            "{calls} calls for {requests} requests, {ticks} runs of the clock, {deliveries} deliveries, \
             {batch_items} items of batches and {failed} failures"
        ));
    }
    found
}

fn owner(partition: &str) -> Option<&str> {
    OWNED.iter().find_map(|prefix| partition.strip_prefix(prefix)?.get(..ID_CHARACTERS))
}

fn is_shared(partition: &str) -> bool {
    // The partitions of the due index are the numbers of its shards.
    let is_shard = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    let is_queue = QUEUES.iter().any(|queue| partition.trim_end_matches("-dead").ends_with(queue));
    is_shard || is_queue || SHARED.iter().any(|prefix| partition.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    const OTHER: &str = "11111111-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

    fn broken(log: &CallLog) -> Vec<Rule> {
        let mut verdict = Verdict::default();
        judge(log, &StoredCampaigns::default(), &mut verdict);
        verdict.broken()
    }

    fn touching(partition: String) -> CallLog {
        let mut log = CallLog::default();
        log.requested(1);
        log.served(ONE, [partition]);
        log
    }

    #[test]
    fn a_call_for_an_organisation_may_touch_only_its_own_and_shared_partitions() {
        for kind in ["ORG#{}", "ORG#{}#LEDGER", "ORG#{}#C7#B0", "BOOK#{}#b#f", "ROSTER#{}#b"] {
            assert!(broken(&touching(kind.replace("{}", ONE))).is_empty(), "{kind}");
            assert_eq!(broken(&touching(kind.replace("{}", OTHER))), [Rule::Foreign], "{kind}");
        }
        for shared in [
            "KEY#00ff",
            "USED#00ff",
            "TURN#sandbox",
            "SENDER#ACME",
            "HEALTH",
            "3",
            "t1-batches",
            "receipts-dead",
        ] {
            assert!(broken(&touching(shared.to_owned())).is_empty(), "{shared}");
        }
        for unknown in ["", "ORG#", "EVERYTHING#1", &format!("SECRET#{ONE}")] {
            assert_eq!(broken(&touching(unknown.to_owned())), [Rule::Foreign], "{unknown}");
        }
    }

    #[test]
    fn every_call_has_a_cause() {
        for cause in [CallLog::requested, CallLog::ticked] {
            let mut log = CallLog::default();
            log.served_all(1);
            assert_eq!(broken(&log), [Rule::Runaway]);
            cause(&mut log, 1);
            log.served_all(CALLS_PER_INVOCATION - 1);
            assert!(broken(&log).is_empty());
            log.served_all(1);
            assert_eq!(broken(&log), [Rule::Runaway]);
            log.failed(1);
            assert!(broken(&log).is_empty());
        }
    }

    #[test]
    fn every_message_has_a_cause_outside_of_the_queues() {
        let stored = Stored { batches: 3, batch_items: 0 };
        let is_broken = |log: &CallLog| !runaways(log.counts(), stored).is_empty();
        let mut log = CallLog::default();
        log.ordered(1);
        log.ticked(1);
        log.reported(2);
        log.sent(3 + 3 + 2);
        assert!(!is_broken(&log));
        log.sent(1);
        assert!(is_broken(&log));
        log.failed(1);
        assert!(!is_broken(&log));
    }

    #[test]
    fn dispatch_sends_no_message() {
        let mut log = CallLog::default();
        log.sent_by_workers(1);
        assert_eq!(broken(&log), [Rule::Runaway]);
    }

    #[test]
    fn a_message_that_is_delivered_too_often_is_a_finding() {
        let stored = Stored { batches: 1, batch_items: 0 };
        let is_broken = |log: &CallLog| !runaways(log.counts(), stored).is_empty();
        let mut log = CallLog::default();
        log.ordered(1);
        log.sent(1);
        log.delivered(DELIVERIES_PER_MESSAGE);
        assert!(!is_broken(&log));
        log.delivered(1);
        assert!(is_broken(&log));
        log.dead_lettered(1);
        assert!(!is_broken(&log));
    }

    #[test]
    fn an_early_report_is_delivered_as_often_as_its_queue_allows() {
        let mut log = CallLog::default();
        log.reported(1);
        log.sent(1);
        log.delivered(50);
        assert!(broken(&log).is_empty());
        log.delivered(1);
        assert_eq!(broken(&log), [Rule::Runaway]);
    }
}
