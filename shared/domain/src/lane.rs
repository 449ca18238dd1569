//! The lanes of batches: each lane is a queue with its own workers.
//!
//! A send to a few recipients must not wait behind one to millions, and no live send behind test campaigns, which cost
//! their sender nothing. Within a lane the messages of an organisation are one group of the queue, so that an
//! organisation with sixty campaigns delays another organisation no more than one with a single campaign.

use crate::api_key::KeyMode;

/// Most recipients of a small send.
pub const MAX_SMALL_RECIPIENTS: u64 = 100;

/// The queue in which the batches of a campaign wait for a worker.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Lane {
    /// Live campaigns of at most [`MAX_SMALL_RECIPIENTS`].
    Small,
    /// All other live campaigns.
    Large,
    Test,
}

impl Lane {
    /// Every lane, in the order in which a single worker serves them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Large, Self::Test];

    /// The lane of a campaign.
    pub const fn of(mode: KeyMode, recipients: u64) -> Self {
        match mode {
            KeyMode::Test => Self::Test,
            KeyMode::Live if recipients <= MAX_SMALL_RECIPIENTS => Self::Small,
            KeyMode::Live => Self::Large,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_sends_large_sends_and_tests_have_separate_lanes() {
        let lanes = |mode| [1, 100, 101, 10_000_000].map(|recipients| Lane::of(mode, recipients));
        assert_eq!(lanes(KeyMode::Live), [Lane::Small, Lane::Small, Lane::Large, Lane::Large]);
        assert_eq!(lanes(KeyMode::Test), [Lane::Test; 4]);
    }
}
