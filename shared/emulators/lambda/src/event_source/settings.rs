//! The settings of an event source mapping, with AWS's limits.

use std::{num::NonZeroUsize, time::Duration};

use super::error::SettingsError;

/// The most messages of one ReceiveMessage or DeleteMessageBatch.
pub(super) const CALL_MESSAGES_MAX: usize = 10;

/// The largest batch of a standard queue.
const BATCH_SIZE_MAX: usize = 10_000;

/// The longest batching window.
const WINDOW_MAX: Duration = Duration::from_secs(300);

/// How messages become invocations, as in the template's `SQS` event.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The most messages of one event, 1..=10,000.
    pub batch_size: usize,
    /// How long a batch may wait to fill up; zero to take what one receive brings.
    pub batching_window: Duration,
    /// How many invocations may run at once, and so the number of pollers.
    pub max_concurrency: NonZeroUsize,
    /// Whether the function's list of failures is used (`ReportBatchItemFailures`). Without it any answer means that
    /// the whole batch is processed.
    pub report_batch_item_failures: bool,
}

impl Settings {
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if !(1..=BATCH_SIZE_MAX).contains(&self.batch_size) {
            return Err(SettingsError::BatchSize(self.batch_size));
        }
        if self.batching_window > WINDOW_MAX {
            return Err(SettingsError::WindowTooLong);
        }
        if self.batch_size > CALL_MESSAGES_MAX && self.batching_window < Duration::from_secs(1) {
            return Err(SettingsError::WindowMissing);
        }
        Ok(())
    }

    pub(super) fn has_window(&self) -> bool {
        !self.batching_window.is_zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(batch_size: usize, window_seconds: u64) -> Result<(), SettingsError> {
        Settings {
            batch_size,
            batching_window: Duration::from_secs(window_seconds),
            max_concurrency: NonZeroUsize::MIN,
            report_batch_item_failures: true,
        }
        .check()
    }

    #[test]
    fn settings_are_held_to_the_limits_of_aws() {
        assert_eq!(checked(1, 0), Ok(()));
        assert_eq!(checked(10, 0), Ok(()));
        assert_eq!(checked(10_000, 1), Ok(()));
        assert_eq!(checked(0, 0), Err(SettingsError::BatchSize(0)));
        assert_eq!(checked(10_001, 1), Err(SettingsError::BatchSize(10_001)));
        assert_eq!(checked(11, 0), Err(SettingsError::WindowMissing));
        assert_eq!(checked(1, 301), Err(SettingsError::WindowTooLong));
    }
}
