//! Applying delivery reports to their batches, many batches in one transaction if possible.

mod alone;
mod folded;
#[cfg(test)]
mod tests;
mod together;

pub use folded::ReportsApplied;
pub use together::{BATCHES_TOGETHER, BatchReports};
