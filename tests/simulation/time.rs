//! Virtual time: tokio's, which stops while a task can run, and the product's clock, which
//! follows it.

use std::time::Duration;

use domain::timestamp::{Millis, Timestamp};
use platform::clock::Clock;
use tokio::time::Instant;

/// When every run begins.
const START: Timestamp = Timestamp::from_millis(1_795_420_805_000);

/// The functions' clock and tokio's, moved together.
#[derive(Clone, Debug)]
pub struct VirtualTime {
    /// The functions' clock.
    pub clock: Clock,
    began: Instant,
}

impl VirtualTime {
    /// Starts virtual time at [`START`].
    pub fn start() -> Self {
        Self { clock: Clock::manual(START), began: Instant::now() }
    }

    /// Moves the functions' clock to the present virtual time. Called whenever a task wakes up.
    pub fn catch_up(&self) {
        let due = START.plus(Millis(self.elapsed().as_millis() as i64));
        self.clock.advance(Millis(due.since(self.clock.now()).0.max(0)));
    }

    /// How long the run has lasted.
    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    /// Waits for a span of virtual time.
    pub async fn pass(&self, span: Duration) {
        tokio::time::sleep(span).await;
        self.catch_up();
    }

    pub fn now(&self) -> Timestamp {
        self.catch_up();
        self.clock.now()
    }
}
