//! A batch's progress as an append-only journal, and how it is folded into the state of every recipient.
//!
//! A worker writes record *n* **before** it hands group *n* to the provider. The record holds the
//! intent (the recipients that it is about to hand over) and the outcomes of the group before. Records are written
//! put-if-absent, one writer wins each number, and a worker that loses never calls the provider. That
//! is the fence, and why no one is texted twice.
//!
//! ```text
//! J#1 intent 0..100 ─► submit ─► J#2 outcomes of 0..100, intent 100..200 ─► submit ─► J#3 …
//!                         ╳ crash here: the next worker writes J#2 with "unknown" for 0..100
//! ```
//! Every intent names one account, to which its outcomes belong. A recipient that an account has declined stays
//! queued and may be handed over to another one, never to that one again.
//!
//! A journal that would hand anyone over twice cannot be folded: it is an error, not a state. So that no such
//! journal is ever stored, a record is stored only as a [`CheckedRecord`], which [`Progress::check`] makes.

mod codec;
mod progress;
mod record;
mod slot;

pub use codec::{decode, encode};
pub use progress::{CheckedRecord, JournalError, Progress};
pub use record::{DropReason, Intent, Record, SlotOutcome, Slots, Written};
pub use slot::{Cause, SlotState};

#[cfg(test)]
mod tests;
