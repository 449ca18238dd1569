//! Whose keys were touched on whose behalf, and whether anything ran in circles.

use crate::{
    calls::{CallCounts, CallLog},
    limits::{CALLS_PER_BATCH_ITEM, CALLS_PER_FAILURE, CALLS_PER_INVOCATION},
    place::Place,
    report::Rule,
    section::Section,
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
    let CallCounts { calls, failed, invocations } = log.counts();
    let most = CALLS_PER_INVOCATION * invocations
        + CALLS_PER_BATCH_ITEM * section.seen.batch_items
        + CALLS_PER_FAILURE * failed;
    if calls > most {
        let what = format!(
            "{calls} calls for {invocations} invocations, {} items of batches and {failed} failures",
            section.seen.batch_items
        );
        section.find(Rule::Runaway, Place::Tables, what);
    }
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
        log.invoked(1);
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
        let mut log = CallLog::new();
        log.served_everybody(1);
        assert_eq!(told(&log), [Rule::Runaway]);
        log.invoked(1);
        log.served_everybody(CALLS_PER_INVOCATION - 1);
        assert!(told(&log).is_empty());
        log.served_everybody(1);
        assert_eq!(told(&log), [Rule::Runaway]);
        log.failed(1);
        assert!(told(&log).is_empty());
    }
}
