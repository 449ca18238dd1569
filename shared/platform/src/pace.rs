//! How fast the provider's account takes texts, as its contract says.

use domain::pacing::Pace;

use crate::environment::Environment;

/// Segments a second, of the environment; no limit where it is 0 or not set.
pub fn read(environment: &mut Environment<'_>) -> Option<Pace> {
    Pace::per_second(environment.whole_number("PROVIDER_SEGMENTS_PER_SECOND", 0))
}
