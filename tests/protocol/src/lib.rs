//! The hand-over protocol as a model: workers, a batch's items in their table, and providers, explored whole.
//!
//! Every decision is made by the domain's own functions: [`domain::dispatch::next_step`],
//! [`domain::dispatch::BatchRoutes`], [`domain::dispatch::UsableAccounts`], [`domain::journal::Progress`],
//! [`domain::batch::Availability`], [`domain::settlement::Tally`]. The model has the rest: the order in which a worker
//! reads, claims, writes and calls, the conditions of the table, the providers, and crashes. Time is left out: every lease
//! and every wait may be over at any moment, so that no promise rests on them.
//!
//! Two safeguards are not decisions of the domain: the table refuses a record whose number is taken, and the worker writes
//! its record before it calls. The model repeats them, in `table` and `worker`, and leaves them out as a
//! [`Safeguard`]. That a worker whose record was refused stops is the domain's ([`domain::journal::Written`]). That the
//! deployed worker and tables do the same is tried by `tests/faults` and `tests/simulation`.

mod decision;
pub mod explore;
mod interned;
mod model;
mod money;
mod provider;
mod state;
mod table;
mod words;
mod worker;

pub use model::{Bounds, Protocol, Safeguard};
pub use provider::{ONCE, UNKNOWN_IS_LAST};
