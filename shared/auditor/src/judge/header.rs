//! Judges a campaign's header alone: its state by its times, and its times by the present time.

use crate::{
    forms::campaign::{Header, State},
    limits::{GRACE, PAUSE_ENDS_BEFORE, REPORT_WAIT},
    report::Rule,
};

type HeaderViolation = (Rule, String);

/// The contradictions in a header.
pub fn judge(header: &Header, now: i64) -> Vec<HeaderViolation> {
    let mut wrong = Vec::new();
    wrong.extend(state(header).map(|what| (Rule::State, what.to_owned())));
    wrong.extend(reasons(header).map(|what| (Rule::Counts, what)));
    wrong.extend(overdue(header, now).map(|what| (Rule::Deadline, what)));
    wrong.extend(held(header, now).map(|what| (Rule::Held, what.to_owned())));
    wrong
}

/// The number of batches for a campaign's recipients.
pub fn batches(header: &Header) -> u32 {
    u32::try_from(header.recipients.div_ceil(header.batch_recipients)).unwrap_or(u32::MAX)
}

fn state(header: &Header) -> Option<&'static str> {
    let is_finished = header.finished_at.is_some();
    let handed_over = header.counts.sent + header.counts.unconfirmed;
    match header.state {
        State::Completed | State::Failed if !is_finished => {
            Some("its state is final, but it has no time of its end")
        }
        State::Scheduled | State::Queued | State::Running | State::Paused if is_finished => {
            Some("it has a time of its end, but its state is not final")
        }
        State::Scheduled if header.scheduled_at.is_none() => Some("it is scheduled, but has no start time"),
        State::Scheduled | State::Queued if header.started_at.is_some() => {
            Some("it is queued or scheduled, but has a time of its start")
        }
        State::Running if header.started_at.is_none() => Some("it is running, but has no time of its start"),
        State::Failed if handed_over > 0 => Some("it is failed, but recipients were handed over"),
        State::Completed if handed_over == 0 && header.counts.failed > 0 => {
            Some("it is completed, but no recipient was handed over")
        }
        _ if is_finished && header.open_batches != 0 => Some("it has ended, but batches are open"),
        _ if is_finished && !header.begun.is_empty() => {
            Some("it has ended, but its header names begun batches")
        }
        _ => None,
    }
}

/// A failed or cancelled recipient never changes, so the reasons of both add up to their counts.
fn reasons(header: &Header) -> Option<String> {
    let counts = (header.counts.failed, header.counts.cancelled);
    let (failed, cancelled) = header.by_reason;
    (counts != header.by_reason).then(|| {
        format!("its reasons are those of {failed} failed and {cancelled} cancelled recipients, it counts {counts:?}")
    })
}

fn overdue(header: &Header, now: i64) -> Option<String> {
    if header.finished_at.is_some() {
        return None;
    }
    let late = |deadline: i64| deadline + GRACE < now;
    let Some(due_at) = header.due_at else {
        return Some(format!("it is {}, but it is not in the index of due campaigns", header.state));
    };
    match header.state {
        State::Scheduled if late(header.starts_at()) => {
            Some("it should have started over an hour ago".to_owned())
        }
        State::Scheduled => None,
        State::Paused if late(header.kept_until - PAUSE_ENDS_BEFORE) => {
            Some("it is paused, and its recipients are about to expire".to_owned())
        }
        _ if late(header.valid_until) && header.state != State::Paused => {
            Some(format!("it is {}, but its validity ended over an hour ago", header.state))
        }
        _ if late(due_at) => Some("the clock should have looked at it over an hour ago".to_owned()),
        _ => None,
    }
}

fn held(header: &Header, now: i64) -> Option<&'static str> {
    let finished_at = header.finished_at.filter(|_| header.held() != 0)?;
    if finished_at + REPORT_WAIT + GRACE < now {
        Some("the wait for reports is over, but money is still held")
    } else if header.due_at.is_none() {
        Some("money is held, but it is not in the index of due campaigns")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::forms::counts::Counts;

    const NOW: i64 = 1_000_000_000;

    /// Retention of the campaigns in these tests, in milliseconds.
    const KEPT: i64 = 2 * PAUSE_ENDS_BEFORE;

    fn running() -> Header {
        Header {
            organisation: String::new(),
            campaign: 1,
            is_live: true,
            state: State::Running,
            recipients: 2_001,
            batch_recipients: 1_000,
            open_batches: 1,
            set_aside: 0,
            estimated_cost: 10,
            charged: 4,
            refunded: 4,
            counts: Counts::default(),
            by_reason: (0, 0),
            begun: BTreeSet::new(),
            sent_by: BTreeSet::new(),
            created_at: NOW,
            scheduled_at: None,
            started_at: Some(NOW),
            finished_at: None,
            valid_until: NOW + 1,
            kept_until: NOW + KEPT,
            due_at: Some(NOW + 1),
        }
    }

    fn completed() -> Header {
        let (state, open_batches, finished_at) = (State::Completed, 0, Some(NOW));
        Header { state, open_batches, finished_at, ..running() }
    }

    fn rules(header: &Header, now: i64) -> Vec<Rule> {
        judge(header, now).into_iter().map(|(rule, _)| rule).collect()
    }

    #[test]
    fn a_correct_header_has_no_finding() {
        assert!(rules(&running(), NOW).is_empty());
        assert!(rules(&completed(), NOW + REPORT_WAIT).is_empty());
        assert_eq!(batches(&running()), 3);
        assert_eq!(batches(&Header { batch_recipients: 7, ..running() }), 286);
    }

    #[test]
    fn a_state_must_fit_its_times_and_counts() {
        assert_eq!(rules(&Header { finished_at: Some(NOW), ..running() }, NOW), [Rule::State]);
        assert_eq!(rules(&Header { started_at: None, ..running() }, NOW), [Rule::State]);
        assert_eq!(rules(&Header { open_batches: 1, ..completed() }, NOW), [Rule::State]);
        assert_eq!(rules(&Header { begun: BTreeSet::from([0]), ..completed() }, NOW), [Rule::State]);
        let counts = Counts { failed: 1, ..Counts::default() };
        assert_eq!(rules(&Header { counts, by_reason: (1, 0), ..completed() }, NOW), [Rule::State]);
        assert_eq!(rules(&Header { by_reason: (0, 1), ..running() }, NOW), [Rule::Counts]);
    }

    #[test]
    fn an_overdue_campaign_is_a_finding() {
        assert_eq!(rules(&running(), NOW + GRACE + 2), [Rule::Deadline]);
        let paused = |due_at| Header { state: State::Paused, due_at: Some(due_at), ..running() };
        let later = NOW + GRACE + 2;
        assert!(rules(&paused(later), later).is_empty(), "its validity begins again with a resume");
        assert_eq!(rules(&paused(NOW), later), [Rule::Deadline]);
        let last = NOW + KEPT - PAUSE_ENDS_BEFORE + GRACE;
        assert!(rules(&paused(last), last).is_empty());
        assert_eq!(rules(&paused(last), last + 1), [Rule::Deadline]);
        assert_eq!(rules(&Header { due_at: None, ..running() }, NOW), [Rule::Deadline]);
        assert_eq!(rules(&completed(), NOW + REPORT_WAIT + GRACE + 1), [Rule::Held]);
        assert_eq!(rules(&Header { due_at: None, ..completed() }, NOW), [Rule::Held]);
    }
}
