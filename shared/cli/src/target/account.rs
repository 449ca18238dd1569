//! The variables that describe an account at a provider, as the function that hands over to it has them.

use std::{collections::BTreeMap, error::Error};

use aws_credential_types::provider::ProvideCredentials;
use domain::ids::AccountName;
use platform::environment;

use super::{SECRETS_ARN, Target};
use crate::{
    CliError,
    aws::{AwsError, Session},
};

/// The output of a stack that has the address of callbacks.
const CALLBACK_URL: &str = "CallbackUrl";
/// The stage of tables that the environment names, if it names none.
const DEFAULT_STAGE: &str = "test";

/// Variables by name. No `Debug`: they have secrets.
#[derive(Default)]
pub(crate) struct AccountVariables {
    own: BTreeMap<&'static str, String>,
    /// Whether variables of this process count beside them.
    is_open: bool,
}

impl AccountVariables {
    /// A variable; one that is empty is not set.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let own = self.own.get(name).cloned();
        let value = own.or_else(|| self.is_open.then(|| environment::process(name)).flatten());
        value.filter(|value| !value.is_empty())
    }

    fn insert(&mut self, name: &'static str, value: impl Into<String>) {
        self.own.insert(name, value.into());
    }

    fn insert_if_unset(&mut self, name: &'static str, value: impl Into<String>) {
        if self.get(name).is_none() {
            self.insert(name, value);
        }
    }

    /// The credentials and the region of an operator's session, which AWS's own service is called with.
    pub(crate) async fn insert_credentials(&mut self, target: &Target) -> Result<(), CliError> {
        let (Target::Stack { session, .. } | Target::Environment(session)) = target else { return Ok(()) };
        let cannot = |source: Box<dyn Error + Send + Sync>| {
            AwsError::configuration("AWS End User Messaging SMS cannot be called", source)
        };
        let provider = session.config.credentials_provider();
        let provider = provider.ok_or_else(|| cannot("there are no credentials".into()))?;
        let credentials = provider.provide_credentials().await.map_err(|error| cannot(error.into()))?;
        self.insert("AWS_REGION", &session.region);
        self.insert("AWS_ACCESS_KEY_ID", credentials.access_key_id());
        self.insert("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
        self.insert("AWS_SESSION_TOKEN", credentials.session_token().unwrap_or_default());
        Ok(())
    }
}

impl Target {
    /// The variables that describe an account; of one of a deployment's parameters the parameters too.
    pub(crate) async fn account_variables(
        &self,
        name: AccountName,
        is_of_parameters: bool,
    ) -> Result<AccountVariables, CliError> {
        let mut variables = match self {
            Self::Stack { name, session } => of_stack(name, session).await?,
            Self::Environment(session) => self.of_environment(session).await?,
            Self::Instance(instance) => {
                let mut variables = AccountVariables { is_open: true, ..AccountVariables::default() };
                variables.insert("STAGE", "local");
                variables.insert("CALLBACK_URL", &instance.base_url);
                // Only the instance itself knows its provider.
                variables.insert("PROVIDER", name.as_str());
                variables
            }
        };
        variables.insert_if_unset("PROVIDER", name.as_str());
        match variables.get("PROVIDER").filter(|provider| is_of_parameters && provider != name.as_str()) {
            Some(provider) => Err(CliError::NotTheProvider { name, provider }),
            None => Ok(variables),
        }
    }

    async fn of_environment(&self, session: &Session) -> Result<AccountVariables, CliError> {
        let mut variables = AccountVariables { is_open: true, ..AccountVariables::default() };
        variables.insert_if_unset("STAGE", DEFAULT_STAGE);
        if let Some(arn) = environment::process("PROVIDER_SECRETS_ARN") {
            variables.insert("PROVIDER_SECRETS", session.secret_text(&arn).await?);
        }
        Ok(variables)
    }
}

async fn of_stack(name: &str, session: &Session) -> Result<AccountVariables, CliError> {
    let stack = session.stack(name).await?;
    let parameter = |name: &str| stack.parameter(name).unwrap_or_default();
    let mut variables = AccountVariables::default();
    variables.insert("STAGE", parameter("Stage"));
    variables.insert("PROVIDER", parameter("Provider"));
    variables.insert("PROVIDER_SETTINGS", parameter("ProviderSettings"));
    variables.insert("CALLBACK_URL", parameter("ProviderCallbackUrl"));
    if variables.get("CALLBACK_URL").is_none() {
        variables.insert("CALLBACK_URL", stack.output(CALLBACK_URL)?);
    }
    // The configuration set of the stack has its name.
    if parameter("Provider") == "aws" {
        variables.insert("AWS_CONFIGURATION_SET", name);
    }
    let secrets = session.secret_text(&stack.output(SECRETS_ARN)?).await?;
    variables.insert("PROVIDER_SECRETS", secrets);
    Ok(variables)
}
