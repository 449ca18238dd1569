//! Scale on paper: what one run of the clock gets through in the minute that it has.
//!
//! | at once | binds | what would have to change |
//! |---|---|---|
//! | 1,000 campaigns due, of up to 10 million each | nothing: one after another they take under a minute | - |
//! | more than 1,000 due (10,000 organisations that send at nine o'clock) | [`MAX_DUE`] of each shard a run: the last of 10,000 start ten minutes late | shards looked at side by side, or a clock for each |
//! | campaigns of 100 million | the look itself: 63 rounds of heads | heads of the open batches only |
//! | a deleted book of a million contacts | 4,000 writes a second of a new table: six minutes | - |
//! | deleted books of ten million | the same: an hour | a worker of their own |
//!
//! What a call takes is assumed, as in `tests/benches/prices.json`.

use domain::{batch::batches_of, timestamp::Millis};
use stores::{
    BATCH_CALLS,
    books::LEASE,
    campaigns::{DUE_SHARDS, MAX_DUE},
};

use crate::removals::REMOVALS_END;

/// Between two runs, and the most that one may take (`template.yaml`).
const RUN_SECONDS: f64 = 60.0;
const CALL_SECONDS: f64 = 0.005;
/// Items of one BatchGetItem.
const HEADS_A_CALL: u32 = 100;

/// Campaigns that one run takes up.
fn campaigns_a_run() -> f64 {
    f64::from(DUE_SHARDS) * MAX_DUE as f64
}

/// A campaign under way is looked at in steps, one after another: its header, its heads in rounds of calls side
/// by side, what is kept of their counts, what of it is missing, and the time of its next look. Missing are
/// batches that were closed since the last look: of a thousand campaigns at once a few each, since all of them
/// share what is handed over in two minutes.
fn look_seconds(recipients: u64) -> f64 {
    let rounds = batches_of(recipients).div_ceil(HEADS_A_CALL).div_ceil(BATCH_CALLS as u32);
    f64::from(4 + rounds) * CALL_SECONDS
}

#[test]
fn a_run_ends_within_its_minute_with_as_many_of_the_largest_campaigns_as_it_takes_up() {
    let run = |recipients| campaigns_a_run() * look_seconds(recipients);
    assert!(run(10_000_000) < RUN_SECONDS, "{}", run(10_000_000));
    assert!(run(1_000_000) < RUN_SECONDS / 2.0, "{}", run(1_000_000));
    assert!(run(100_000_000) > RUN_SECONDS, "{}", run(100_000_000));
}

#[test]
fn ten_thousand_campaigns_of_one_moment_start_within_ten_minutes() {
    assert_eq!((10_000.0 / campaigns_a_run()).ceil() * RUN_SECONDS, 600.0);
}

#[test]
fn a_deleted_book_of_a_million_is_removed_within_ten_minutes() {
    const WRITES_PER_SECOND: f64 = 4_000.0;
    let runs = |contacts: f64| (contacts / WRITES_PER_SECOND / REMOVALS_END.as_secs_f64()).ceil();
    assert!(runs(1e6) <= 10.0, "{}", runs(1e6));
    assert!(runs(1e7) <= 60.0, "{}", runs(1e7));
}

#[test]
fn a_removal_stops_before_its_run_and_its_lease_end() {
    let end = Millis::from_secs(REMOVALS_END.as_secs() as i64 + 10);
    assert!(REMOVALS_END.as_secs_f64() + 10.0 < RUN_SECONDS && end < LEASE);
}
