//! The rules of the dispatcher: the next step of a batch, and what the outcomes of a call lead to.
//!
//! A worker reads, asks these functions, and writes what they decide.

mod follow_up;
mod plan;

pub use follow_up::{DEFAULT_HOLD, FollowUp, PauseReason, Stop};
pub use plan::{HandOver, Situation, Step, has_queued, next_step};
