//! When the invocation of a function ends.

use std::time::Duration;

use tokio::time::Instant;

/// The instant at which Lambda ends the process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// A deadline before this one; the time between them is left for other work.
    pub fn earlier_by(self, time: Duration) -> Self {
        Self(self.0.checked_sub(time).unwrap_or(self.0))
    }

    /// The time until the deadline; zero if it has passed.
    pub fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// The instant, as an argument of a timeout.
    pub const fn instant(self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_deadline_comes_nearer_and_passes() {
        let deadline = Deadline::after(Duration::from_secs(10));
        assert_eq!(deadline.left(), Duration::from_secs(10));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(deadline.left(), Duration::from_secs(3));
        assert_eq!(deadline.earlier_by(Duration::from_secs(2)).left(), Duration::from_secs(1));
        tokio::time::advance(Duration::from_secs(7)).await;
        assert_eq!(deadline.left(), Duration::ZERO);
    }
}
