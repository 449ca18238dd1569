//! How the parts of an account are made: a provider, a reader of callbacks, a check.

use std::sync::Arc;

use crate::{
    account::Account, callback::CallbackReader, check::Check, config::ConfigError, kind::Kind,
    provider::Provider,
};

/// Makes a part of an account, or returns every value that is missing or wrong.
pub(crate) type Make<T> = fn(&Account) -> Result<Arc<T>, ConfigError>;

/// The functions of one provider that make the parts of an account.
pub(crate) struct Adapter {
    pub kind: &'static Kind,
    /// Makes the [`Provider`] of an account.
    pub connect: Make<dyn Provider>,
    /// Makes the reader of callbacks, if the kind has [`Kind::callbacks`].
    pub callback_reader: Option<Make<dyn CallbackReader>>,
    /// Asks about an account, if the kind has [`Kind::asks_for`].
    pub check: Option<Check>,
}
