//! The rules of the dispatcher: the next step of a batch, the order in which a worker carries it out, and the follow-up
//! actions of a call. A worker reads stored state, asks these functions, and does what they decide.

mod act;
mod follow_up;
mod plan;
mod routing;
mod stop;

pub use act::{Act, next_act};
pub use follow_up::{DEFAULT_HOLD, FollowUp, Patience, PauseReason};
pub use plan::{Group, HandOver, Situation, Step, has_queued, next_step, waits_for};
pub use routing::{BatchRoutes, NextLeg, Unavailable, UsableAccounts};
pub use stop::Stop;
