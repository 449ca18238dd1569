//! The documented numbers, deliberately written a second time: if a writer's constant changes and the contract does
//! not, the audit reports it.

/// Recipients of every batch of a campaign except the last, unless its header has a smaller size.
pub const BATCH_RECIPIENTS: u64 = 1_000;
/// Most recipients of one call to a provider.
pub const GROUP_RECIPIENTS: usize = 100;
/// Most batches of a campaign without counts items.
pub const SMALL_CAMPAIGN_BATCHES: usize = 100;
/// Batches with an entry in one counts item.
pub const BATCHES_OF_KEPT_COUNTS: u32 = 50;
/// How long a finished campaign holds the money of unconfirmed recipients, in milliseconds.
pub const REPORT_WAIT: i64 = 72 * HOUR;
/// How long before its recipients are deleted a paused campaign is cancelled, in milliseconds.
pub const PAUSE_ENDS_BEFORE: i64 = 30 * 24 * HOUR;
/// How late a deadline may be, in milliseconds. The clock runs every minute and checks a campaign every two minutes; an
/// hour is longer than any healthy delay.
pub const GRACE: i64 = HOUR;
/// The longest pause that a provider may ask for, in milliseconds.
pub const LONGEST_HOLD: i64 = HOUR;
/// The longest time until the next probe of a provider account in doubt, in milliseconds.
pub const LONGEST_PROBE_WAIT: i64 = 5 * 60 * 1_000;
/// How far ahead a provider account may be booked, in milliseconds: longer than a worker waits, plus the difference
/// between the clocks of two machines.
pub const LONGEST_BOOKING: i64 = 60 * 1_000;
/// Leaves of a roster and of the opt-outs.
pub const LEAVES: usize = 256;
/// Leaves whose contacts share a partition.
pub const LEAVES_PER_PARTITION: u8 = 16;

const HOUR: i64 = 60 * 60 * 1_000;
