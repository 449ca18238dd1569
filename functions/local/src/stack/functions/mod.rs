//! The seven functions, run either way.

mod children;
mod handles;
mod in_process;
mod name;

pub use handles::Functions;
pub(super) use in_process::Parts;
pub use name::{FUNCTIONS, FunctionName};

use std::collections::BTreeMap;

use platform::environment::Environment;
use providers::Account;

use super::{
    config::{Mode, StackConfig},
    error::StackError,
};

impl Functions {
    /// Starts all seven.
    pub(super) fn start(
        config: &StackConfig,
        variables: &BTreeMap<String, String>,
        parts: Parts<'_>,
    ) -> Result<Self, StackError> {
        match &config.mode {
            Mode::InProcess { batch_recipients } => {
                in_process::functions(variables, parts, *batch_recipients)
            }
            Mode::Children { program, output } => {
                // Checked here, because the error of a child that cannot start would only be in the log, once a
                // campaign is under way.
                let lookup = |name: &str| variables.get(name).cloned();
                let mut environment = Environment::new(&lookup);
                let account = Account::of_environment(&mut environment);
                environment.finish(account)?.connect()?;
                Ok(children::functions(program, output, variables))
            }
        }
    }
}
