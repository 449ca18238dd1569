//! SMS providers that run on this machine and reach no phone.
//!
//! [`sandbox`] is the provider that `cargo run` hands over to: it follows the rules of
//! [`providers::sandbox::rules`], keeps an inbox and calls back with delivery reports. [`africastalking`] answers
//! as Africa's Talking does, closely enough for that provider's own SDK.
//!
//! Used by `cargo run` and by tests; never part of a deployed function.

pub mod africastalking;
pub mod sandbox;
