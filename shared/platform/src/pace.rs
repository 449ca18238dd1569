//! How fast the provider's account takes texts, as its contract says.

use domain::pacing::Pace;

use crate::environment::Environment;

/// Segments a second, of the environment; no limit where it is 0 or not set.
pub fn read(environment: &mut Environment<'_>) -> Option<Pace> {
    environment.parsed("PROVIDER_SEGMENTS_PER_SECOND", Some(0)).and_then(Pace::per_second)
}
