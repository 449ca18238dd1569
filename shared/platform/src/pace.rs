//! The rate of the provider's account, as its contract says.

use domain::pacing::Pace;

use crate::environment::Environment;

/// Segments a second, read from the environment; `None` (no limit) if it is 0 or not set.
pub fn read(environment: &mut Environment<'_>) -> Option<Pace> {
    Pace::per_second(environment.whole_number("PROVIDER_SEGMENTS_PER_SECOND", 0))
}
