//! What the benches and the cost test measure with: a whole stack whose parts are metered one by one.

pub mod books;
pub mod campaign;
pub mod cost;
pub mod deployment;
pub mod measured_stack;
pub mod meter;
pub mod plot;
pub mod prices;
pub mod process;
pub mod provider;
pub mod random;
pub mod storm;
pub mod table;
