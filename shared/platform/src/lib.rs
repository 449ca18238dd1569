//! Everything that a function needs of its machine: environment, time, chance, connections and a
//! place to write logs and metrics to.
//!
//! Called by every function's `main` and by the adapters. Knows no SDK service and no rule of the
//! business; the SDK's clients are built by the crates that own them, of an [`aws::AwsSettings`].

pub mod aws;
pub mod backoff;
pub mod clock;
pub mod deadline;
pub mod environment;
pub mod http;
pub mod pace;
pub mod random;
pub mod secret;
pub mod signing;
pub mod stage;
pub mod telemetry;
