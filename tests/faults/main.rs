//! Nothing is lost, nothing is sent twice, and every cent is accounted for, whichever call fails and whenever.
//!
//! A proxy between the SDK's clients and the emulators fails chosen calls; a provider with its own truth
//! records what it took, and claims are checked against that record, never against our own tables alone.

mod agreement;
mod crash_points;
mod dead_letters;
mod evidence;
mod failing_calls;
mod fairness;
mod frozen;
mod idempotency;
mod idempotent_books;
mod kept;
mod later_points;
mod looks;
mod messages;
mod money;
mod points;
mod set_aside;
mod system;
mod truth;
mod two_accounts;
mod waiting;
mod worker;
