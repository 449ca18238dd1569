//! The whole system on one machine: tables, queues, the seven functions, the HTTP front, the event
//! sources, the schedule and the sandbox provider.
//!
//! ```text
//!            ┌── api ────────┐                      ┌── dispatch ──► sandbox ──► reports ┐
//! front ─────┼── books ──────┼──► tables            │                                    │
//!            ├── console     │                      │                                    │
//!            └── receipts ◄──┼──────────────────────┼────────────────────────────────────┘
//!                            └──► queue: batches ───┘   queue: receipts ──► receipts
//! schedule ──► clock ──► tables, queue: batches
//! ```
//!
//! Started by the local command, which then lets it run by itself ([`Running`]), and by end-to-end
//! tests, which move it by hand: nothing in a [`Stack`] happens unless it is asked for (`drain`, `tick`,
//! `deliver_reports`), so that a test knows what has happened when a call returns.
//!
//! **Architecture invariant.** Everything between the parts travels over the real wire protocols, and
//! both ways of running a function read the same variables and meet the same events.

mod config;
mod endpoints;
mod error;
mod front;
mod functions;
mod pump;
mod queues;
mod running;
mod sandbox;
mod schedule;
mod system;
mod variables;

pub use config::{ANY_PORT, Interposed, Mode, StackConfig, State};
pub use error::StackError;
pub use functions::{FUNCTIONS, FunctionName, Functions};
pub use pump::Drained;
pub use queues::{
    AWS_EVENTS_RETENTION, BATCHES, DEAD_RETENTION, Depth, QueueName, QueueSettings, RECEIPTS, RETENTION,
};
pub use running::Running;
pub use schedule::SCHEDULE_EVERY;
pub use system::Stack;
