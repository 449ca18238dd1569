//! Delivery reports, applied to their batches: as many together as can be.

mod alone;
mod folded;
#[cfg(test)]
mod tests;
mod together;

pub use folded::ReportsApplied;
pub use together::{BATCHES_TOGETHER, BatchReports};
