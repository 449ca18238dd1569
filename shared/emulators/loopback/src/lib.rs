//! What every HTTP server of a local instance has in common: which callers it answers, and how long it waits.
//!
//! ```text
//! connection ─► head within 30 s ─► Host and Origin ─► body that keeps coming ─► the server's own routes ─► answer
//! that is read
//! ```
//!
//! A port on loopback is open to every user of the machine and to every page in a browser. [`serve`] refuses requests
//! that a page of another site made; [`AccessKey`] is the secret that excludes other users. Used by the emulators of
//! DynamoDB, SQS and Lambda; never part of a deployed function.

mod access_key;
mod caller;
mod serve;
mod stalled;
mod unread;

pub use access_key::{AccessKey, KeyRefusal, NoRandomness};
pub use serve::{Timeouts, serve, serve_within};
