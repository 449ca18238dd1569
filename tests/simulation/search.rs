//! The shortest history of a run that fails.

use crate::{run::simulate, shape::Shape};

/// Cuts tried on the way to it.
const CUTS: u32 = 200;

/// Cuts a failing run down as long as it still fails.
pub fn shorten(mut shape: Shape, mut why: String) -> (Shape, String) {
    let mut cuts = 0;
    'shorter: loop {
        for smaller in shape.smaller() {
            cuts += 1;
            if cuts > CUTS {
                return (shape, why);
            }
            if let Err(still) = simulate(&smaller) {
                (shape, why) = (smaller, still);
                continue 'shorter;
            }
        }
        return (shape, why);
    }
}
