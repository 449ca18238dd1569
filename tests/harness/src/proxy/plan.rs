//! Plans that are drawn.

use super::{call::Call, fault::Fault};

/// Lets one call of `one_in` fail, in a way that this call can, drawn by a seed.
pub fn seeded(seed: u64, one_in: u32) -> impl FnMut(&Call) -> Fault + Send + 'static {
    let mut random = fastrand::Rng::with_seed(seed);
    move |call| {
        if random.u32(..one_in) != 0 {
            return Fault::None;
        }
        let faults: Vec<Fault> = Fault::survivable().filter(|fault| call.can_suffer(*fault)).collect();
        random.choice(faults).unwrap_or(Fault::None)
    }
}
