//! The documented numbers, written down a second time on purpose: where a writer's constant changes and
//! the contract did not, the audit says so.

/// Recipients of every batch of a campaign but the last, where its header does not say fewer.
pub const BATCH_RECIPIENTS: u64 = 1_000;
/// Most recipients of one call to a provider.
pub const GROUP_RECIPIENTS: usize = 100;
/// Most batches of a campaign beside which no counts are kept.
pub const SMALL_CAMPAIGN_BATCHES: usize = 100;
/// Batches whose counts are kept in one item.
pub const BATCHES_OF_KEPT_COUNTS: u32 = 50;
/// How long a finished campaign's unconfirmed money waits for reports, in milliseconds.
pub const REPORT_WAIT: i64 = 72 * HOUR;
/// How long before its recipients are forgotten a paused campaign is ended, in milliseconds.
pub const PAUSE_ENDS_BEFORE: i64 = 30 * 24 * HOUR;
/// How late a deadline may be, in milliseconds. The clock looks every minute and at one campaign
/// every two; an hour is longer than any healthy delay.
pub const GRACE: i64 = HOUR;
/// The longest pause that a provider may ask for, in milliseconds.
pub const LONGEST_HOLD: i64 = HOUR;
/// The longest time until the next probe of a provider account in doubt, in milliseconds.
pub const LONGEST_PROBE_WAIT: i64 = 5 * 60 * 1_000;
/// How far ahead a provider account may be booked, in milliseconds: longer than a worker waits, and than the clocks of two
/// machines differ.
pub const LONGEST_BOOKING: i64 = 60 * 1_000;
/// Leaves of a roster and of the opt-outs.
pub const LEAVES: usize = 256;
/// Leaves whose contacts share a partition.
pub const LEAVES_PER_PARTITION: u8 = 16;

const HOUR: i64 = 60 * 60 * 1_000;
