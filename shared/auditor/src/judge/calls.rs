//! Whose keys were touched on whose behalf, and whether anything ran in circles.

use crate::{
    calls::{CallCounts, CallLog},
    limits::{
        CALLS_PER_BATCH_ITEM, CALLS_PER_FAILURE, CALLS_PER_INVOCATION, DELIVERIES_PER_DEAD_LETTER,
        DELIVERIES_PER_MESSAGE,
    },
    place::Place,
    report::Rule,
    section::{Section, Seen},
};

/// Partitions that belong to nobody, by their beginnings: keys by their hash, the pace of a provider's
/// account, whom a sender id leads to, the liveness probe.
const SHARED: [&str; 4] = ["KEY#", "PACE#", "SENDER#", "HEALTH"];
/// Partitions that name their organisation next.
const OWNED: [&str; 3] = ["ORG#", "BOOK#", "ROSTER#"];
/// The queues.
const QUEUES: [&str; 2] = ["batches", "receipts"];
/// Characters of an organisation's id.
const ID_CHARACTERS: usize = 36;

/// Judges the calls by what they touched, and by what there was to do.
pub fn judge(log: &CallLog, section: &mut Section) {
    for (organisation, partition) in log.touched() {
        if !is_shared(partition) && owner(partition) != Some(organisation) {
            let what = match owner(partition) {
                Some(other) => format!("a call on its behalf touched a partition of organisation {other}"),
                None => "a call on its behalf touched a partition of a kind that is not known".to_owned(),
            };
            section.find(Rule::Foreign, Place::Organisation(organisation.to_owned()), what);
        }
    }
    for what in runaways(log.counts(), section.seen) {
        section.find(Rule::Runaway, Place::Tables, what);
    }
}

/// What is more than there was a reason for. A message has its reason outside of the queues: a send, a cancel, a
/// resume or a look of the clock asks once for each batch, a callback for each of its reports. Who hands batches
/// over sends none, so that no queue feeds itself: recipients, reports and minutes bound all messages, those their
/// deliveries, and these the calls.
fn runaways(counts: CallCounts, seen: Seen) -> Vec<String> {
    let CallCounts { calls, failed, requests, orders, reports, looks, .. } = counts;
    let CallCounts { messages, messages_of_workers, deliveries, dead, .. } = counts;
    let Seen { batches, batch_items, .. } = seen;
    let most_messages = batches * (orders + looks) + reports + CALLS_PER_FAILURE * failed;
    let most_deliveries =
        DELIVERIES_PER_MESSAGE * messages + DELIVERIES_PER_DEAD_LETTER * dead + CALLS_PER_FAILURE * failed;
    let most_calls = CALLS_PER_INVOCATION * (requests + looks + deliveries)
        + CALLS_PER_BATCH_ITEM * batch_items
        + CALLS_PER_FAILURE * failed;
    let mut told = Vec::new();
    if messages_of_workers > 0 {
        told.push(format!("{messages_of_workers} messages were sent by who hands batches over"));
    }
    if messages > most_messages {
        told.push(format!(
            "{messages} messages for {batches} batches, {orders} sends, cancels and resumes, {looks} looks of the \
             clock, {reports} reports and {failed} failures"
        ));
    }
    if deliveries > most_deliveries {
        told.push(format!(
            "{messages} messages, {dead} of them dead letters, came {deliveries} times, with {failed} failures"
        ));
    }
    if calls > most_calls {
        told.push(format!(
            "{calls} calls for {requests} requests, {looks} looks of the clock, {deliveries} messages, \
             {batch_items} items of batches and {failed} failures"
        ));
    }
    told
}

fn owner(partition: &str) -> Option<&str> {
    OWNED.iter().find_map(|prefix| partition.strip_prefix(prefix)?.get(..ID_CHARACTERS))
}

fn is_shared(partition: &str) -> bool {
    // The index of what is due has its shard's number for a partition.
    let is_shard = !partition.is_empty() && partition.bytes().all(|byte| byte.is_ascii_digit());
    let is_queue = QUEUES.iter().any(|queue| partition.trim_end_matches("-dead").ends_with(queue));
    is_shard || is_queue || SHARED.iter().any(|prefix| partition.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    const OTHER: &str = "11111111-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

    fn told(log: &CallLog) -> Vec<Rule> {
        let mut section = Section::default();
        judge(log, &mut section);
        section.findings.into_iter().map(|finding| finding.rule).collect()
    }

    fn touching(partition: String) -> CallLog {
        let mut log = CallLog::new();
        log.asked(1);
        log.served(ONE, [partition]);
        log
    }

    #[test]
    fn only_ones_own_and_what_is_shared_may_be_touched() {
        for kind in ["ORG#{}", "ORG#{}#LEDGER", "ORG#{}#C7#B0", "BOOK#{}#b#f", "ROSTER#{}#b"] {
            assert!(told(&touching(kind.replace("{}", ONE))).is_empty(), "{kind}");
            assert_eq!(told(&touching(kind.replace("{}", OTHER))), [Rule::Foreign], "{kind}");
        }
        for shared in
            ["KEY#00ff", "PACE#sandbox", "SENDER#ACME", "HEALTH", "3", "t1-batches", "receipts-dead"]
        {
            assert!(told(&touching(shared.to_owned())).is_empty(), "{shared}");
        }
        for unknown in ["", "ORG#", "EVERYTHING#1", &format!("SECRET#{ONE}")] {
            assert_eq!(told(&touching(unknown.to_owned())), [Rule::Foreign], "{unknown}");
        }
    }

    #[test]
    fn calls_have_a_reason_each() {
        for reason in [CallLog::asked, CallLog::looked] {
            let mut log = CallLog::new();
            log.served_everybody(1);
            assert_eq!(told(&log), [Rule::Runaway]);
            reason(&mut log, 1);
            log.served_everybody(CALLS_PER_INVOCATION - 1);
            assert!(told(&log).is_empty());
            log.served_everybody(1);
            assert_eq!(told(&log), [Rule::Runaway]);
            log.failed(1);
            assert!(told(&log).is_empty());
        }
    }

    #[test]
    fn messages_have_a_reason_each_outside_of_the_queues() {
        let seen = Seen { batches: 3, ..Seen::default() };
        let told = |log: &CallLog| !runaways(log.counts(), seen).is_empty();
        let mut log = CallLog::new();
        log.ordered(1);
        log.looked(1);
        log.reported(2);
        log.sent(3 + 3 + 2);
        assert!(!told(&log));
        log.sent(1);
        assert!(told(&log));
        log.failed(1);
        assert!(!told(&log));
    }

    #[test]
    fn who_hands_batches_over_sends_no_message() {
        let mut log = CallLog::new();
        log.sent_by_workers(1);
        assert_eq!(told(&log), [Rule::Runaway]);
    }

    #[test]
    fn a_message_does_not_come_for_ever() {
        let mut log = CallLog::new();
        log.reported(1);
        log.sent(1);
        log.delivered(DELIVERIES_PER_MESSAGE);
        assert!(told(&log).is_empty());
        log.delivered(1);
        assert_eq!(told(&log), [Rule::Runaway]);
        log.died(1);
        assert!(told(&log).is_empty());
    }
}
