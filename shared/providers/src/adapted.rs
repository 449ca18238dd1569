//! The parts of an account, made by the adapter of its kind.

use std::sync::Arc;

use crate::{
    account::Account, callback::CallbackReader, check::AccountState, config::ConfigError, provider::Provider,
    registry::adapter,
};

impl Account {
    /// Makes the [`Provider`] that hands over its texts.
    ///
    /// # Errors
    /// With every value that is missing or wrong.
    pub fn connect(&self) -> Result<Arc<dyn Provider>, ConfigError> {
        (adapter(self.kind())?.connect)(self)
    }

    /// Makes the reader of its callbacks; `None` if the provider never calls back.
    ///
    /// # Errors
    /// With every value that is missing or wrong.
    pub fn callback_reader(&self) -> Result<Option<Arc<dyn CallbackReader>>, ConfigError> {
        adapter(self.kind())?.callback_reader.map(|reader| reader(self)).transpose()
    }

    /// Asks the provider about the account. `None` if its kind cannot be asked.
    ///
    /// # Errors
    /// With every value that is missing or wrong; nothing was asked then.
    pub async fn check(&self) -> Result<Option<AccountState>, ConfigError> {
        self.connect()?;
        match adapter(self.kind())?.check {
            Some(check) => check.ask_about(self).await.map(Some),
            None => Ok(None),
        }
    }

    /// Problems of the settings, without any that concern a secret.
    pub fn problems_of_settings(&self) -> Vec<String> {
        let is_of_a_secret =
            |problem: &String| self.kind().secrets.iter().any(|secret| problem.starts_with(secret.name));
        match self.connect() {
            Err(ConfigError::Values { mut problems, .. }) => {
                problems.retain(|problem| !is_of_a_secret(problem));
                problems
            }
            Err(error) => vec![error.to_string()],
            Ok(_) => Vec::new(),
        }
    }
}
