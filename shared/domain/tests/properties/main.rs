//! Rules that must hold for every input, not only for examples.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acceptances;
mod audience;
mod batches;
mod campaigns;
mod journals;
mod money;
mod pacing;
mod receipts;
mod rosters;
mod routes;
mod settlements;
mod steps;
mod turns;
