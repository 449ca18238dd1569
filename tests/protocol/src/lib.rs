//! The hand-over protocol as a model: workers, a batch's items in their table, and providers, explored whole.
//!
//! Every decision is made by the domain's own functions: [`domain::dispatch::next_step`],
//! [`domain::dispatch::next_act`], [`domain::dispatch::BatchRoutes`], [`domain::dispatch::UsableAccounts`],
//! [`domain::journal::Progress`], [`domain::batch::Availability`], [`domain::settlement::Tally`]. The condition that
//! refuses a second record of a number is in `stores`, so the tests read its effect ([`Taken`]) from the deployed code.
//! The model has the rest: that a worker reads before it claims and claims before it decides, the providers, and
//! crashes. Time is left out: every lease and every wait may be over at any moment, so that no promise rests on them.
//!
//! A [`Safeguard`] is left out to see that the model finds what it prevents.

mod decision;
pub mod explore;
mod interned;
mod model;
mod money;
mod provider;
mod state;
mod table;
mod taken;
mod words;
mod worker;

pub use model::{Bounds, Protocol, Safeguard};
pub use provider::{ONCE, UNKNOWN_IS_LAST};
pub use taken::Taken;
