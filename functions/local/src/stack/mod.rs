//! The whole system on one machine: tables, queues, the seven functions, the HTTP server, the event sources, the
//! schedule and the sandbox provider.
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
//! The local command starts it and lets it run by itself ([`Running`]). End-to-end tests control it step by step: a
//! [`Stack`] does nothing unless it is asked to (`drain`, `tick`, `deliver_reports`), so a test knows what has happened
//! when a call returns.
//!
//! **Architecture invariant.** All calls between the parts use the real wire protocols, and in both modes a function
//! reads the same variables and gets the same events.

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
    AWS_EVENTS_RETENTION, BATCHES, DEAD_RETENTION, QueueName, QueueSettings, RECEIPTS, RETENTION,
};
pub use running::Running;
pub use schedule::SCHEDULE_EVERY;
pub use system::Stack;
