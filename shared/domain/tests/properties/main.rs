//! Rules that must hold for every input, not only for the examples that somebody thought of.

mod audience;
mod batches;
mod campaigns;
mod journals;
mod money;
mod receipts;
mod rosters;
