//! The one place where the time is read.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::SystemTime,
};

use domain::timestamp::{Millis, Timestamp};

/// A source of the time: the machine's clock, or a clock that a test moves.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    Machine,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub const fn machine() -> Self {
        Self(Source::Machine)
    }

    /// A clock that changes only by [`Self::advance`]; every clone shows the same time.
    pub fn manual(start: Timestamp) -> Self {
        Self(Source::Manual(Arc::new(AtomicI64::new(start.millis()))))
    }

    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Manual(millis) => Timestamp::from_millis(millis.load(Ordering::SeqCst)),
            Source::Machine => SystemTime::now().into(),
        }
    }

    /// Moves a manual clock forward. Has no effect on the machine's clock.
    pub fn advance(&self, span: Millis) {
        if let Source::Manual(millis) = &self.0 {
            millis.fetch_add(span.0, Ordering::SeqCst);
        }
    }
}
