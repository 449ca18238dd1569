//! What a function needs from its machine: environment, time, random numbers, connections, logs and metrics.
//!
//! Called by every function's `main` and by the adapters. Knows no service of AWS and no rule of the business: the
//! crates that use a service build the SDK's clients from [`aws::AwsSettings`].

pub mod aws;
pub mod backoff;
pub mod clock;
pub mod deadline;
pub mod environment;
pub mod http;
pub mod pace;
pub mod random;
pub mod renewal;
pub mod secret;
pub mod signing;
pub mod stage;
pub mod telemetry;
