//! Records the metrics that a thread writes, so that tests can compare them with the alarms.

use std::cell::RefCell;

/// One recorded value of a metric.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The function that wrote it.
    pub function: String,
    pub metric: String,
    pub count: i64,
    /// Milliseconds of Unix time.
    pub at_millis: i64,
}

thread_local! {
    static RECORDED: RefCell<Option<Vec<Recorded>>> = const { RefCell::new(None) };
}

/// Begins to record what this thread writes.
pub fn record() {
    RECORDED.with_borrow_mut(|recorded| *recorded = Some(Vec::new()));
}

/// The metrics that this thread has written since it began to record, or since the last call.
pub fn take_recorded() -> Vec<Recorded> {
    RECORDED.with_borrow_mut(|recorded| recorded.as_mut().map(std::mem::take).unwrap_or_default())
}

pub(super) fn note(at_millis: i64, function: &str, counts: &[(&str, i64)]) {
    RECORDED.with_borrow_mut(|recorded| {
        let Some(recorded) = recorded else { return };
        recorded.extend(counts.iter().map(|(metric, count)| Recorded {
            function: function.to_owned(),
            metric: (*metric).to_owned(),
            count: *count,
            at_millis,
        }));
    });
}
