//! The hand-over of texts to SMS providers, and the reading of what they report back.
//!
//! `dispatch` submits through the [`Provider`] trait; `callbacks` reads callbacks through the [`CallbackReader`] trait.
//! A [`Kind`] describes a provider, and an [`Account`] has the values of one account there. The adapter in the provider's
//! folder makes both from an account. The `README.md` of this crate says how a provider is added.
//!
//! Imports run one way: kind, account, values, adapter, the folders of providers, registry. The modules that look a kind
//! or its adapter up are above the registry: `adapted` (the parts of an account) and `deployment` (accounts from an
//! environment).
//!
//! **Architecture invariant.** Nothing here retries, sleeps, stores, counts money or decides what an
//! outcome leads to. No phone number, text or key is in any log, error or `Debug` output.

mod account;
mod adapted;
mod adapter;
pub mod africastalking;
mod answer;
pub mod aws;
mod callback;
mod check;
mod config;
mod deployment;
mod form;
mod grouped;
pub mod infobip;
mod kind;
mod meaning;
mod message_id;
mod one_by_one;
mod provider;
mod registry;
pub mod sandbox;
mod secrets;
mod settings;
mod single;
mod submission;
mod submitted;
#[cfg(test)]
mod testing;
pub mod twilio;
mod values;
mod verdict;

pub use account::Account;
pub use callback::{
    About, Callback, CallbackError, CallbackReader, CallbackSecret, CallbackSecretError, OptOut,
    OptOutNumber, Report,
};
pub use check::AccountState;
pub use config::{BaseUrl, BaseUrlError, CallTimeout, ConfigError, Secret};
pub use deployment::Given;
pub use kind::{CallbackMethod, Kind, Setting};
pub use meaning::Meaning;
pub use provider::{BoxFuture, Provider};
pub use registry::{KINDS, UnknownKind};
pub use secrets::{SecretDocument, SecretDocumentError};
pub use settings::{SettingsError, parse as parse_settings};
pub use submission::{MAX_RECIPIENTS_PER_CALL, Recipient, Submission, SubmissionError};
pub use submitted::Submitted;
pub use values::Values;
