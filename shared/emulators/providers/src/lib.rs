//! SMS providers that run on this machine and reach no phone.
//!
//! [`sandbox`] is the provider of `cargo run`: it follows the rules of [`providers::sandbox::rules`], keeps an inbox
//! and calls back with delivery reports. [`africastalking`], [`aws`], [`infobip`] and [`twilio`] answer as those
//! providers do, closely enough for their SDKs.
//!
//! Used by `cargo run` and by tests; never part of a deployed function.

mod account;
pub mod africastalking;
pub mod aws;
mod fake;
pub mod infobip;
pub mod outbox;
mod recorded;
pub mod sandbox;
mod served;
pub mod twilio;

pub use account::FakeAccount;
pub use fake::{Fake, ReportsTo};
pub use recorded::Recorded;
pub use served::serve;
