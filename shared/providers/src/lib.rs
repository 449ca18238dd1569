//! The hand-over of texts to SMS providers, and the reading of what they report back.
//!
//! `dispatch` submits through the [`Provider`] trait; `callbacks` reads callbacks with each provider's
//! `receipt` module. One folder per provider, with the same files in each: `config` (values, checked
//! at start), `request` (submission → HTTP body), `response` (answer → outcomes), `receipt` (callback →
//! reports); all pure, so that every answer a provider can give is a test; and `mod`, which only
//! connects them.
//!
//! **Architecture invariant.** Nothing here retries, sleeps, stores, counts money or decides what an
//! outcome leads to. No phone number, text or key is in any log, error or `Debug` output.

pub mod africastalking;
mod answer;
mod callback;
mod config;
mod message_id;
mod name;
mod provider;
mod registry;
pub mod sandbox;
mod submission;
mod submitted;
#[cfg(test)]
mod testing;
mod verdict;

pub use callback::{CallbackSecret, CallbackSecretError};
pub use config::{BaseUrl, BaseUrlError, CallTimeout, ConfigError, Secret};
pub use name::{ProviderName, ProviderNameError};
pub use provider::{BoxFuture, Provider};
pub use registry::AnyProvider;
pub use submission::{MAX_RECIPIENTS_PER_CALL, Recipient, Submission, SubmissionError};
pub use submitted::Submitted;
