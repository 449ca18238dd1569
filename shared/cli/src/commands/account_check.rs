//! `account check`: whether an account is complete, and which state its provider reports.

use domain::{ids::AccountName, outcome::AccountFault};
use platform::environment::Environment;
use providers::{Account, AccountState, ConfigError, Given, Kind, aws};
use serde_json::{Value, json};
use stores::Stores;
use thiserror::Error;

use super::known_account::known;
use crate::{CliError, Exit, output::Output, target::Target, terminal::note};

/// An account that its provider does not accept, or whose state could not be read.
#[derive(Debug, Error)]
#[error("{}", sentence(*.account, .kind, .state))]
pub struct CheckError {
    account: AccountName,
    kind: &'static Kind,
    state: AccountState,
}

impl CheckError {
    /// Whether the provider has refused the account, or nothing is known.
    pub(crate) const fn exit(&self) -> Exit {
        match self.state {
            AccountState::Fault(_) => Exit::Failed,
            _ => Exit::NotCarriedOut,
        }
    }

    pub(crate) const fn code(&self) -> &'static str {
        match self.state {
            AccountState::Fault(fault) => fault.code(),
            AccountState::Unreachable => "provider_unreachable",
            AccountState::MayNotAsk => "provider_check_not_allowed",
            AccountState::Works { .. } | AccountState::Unclear { .. } => "provider_answer_unclear",
        }
    }
}

pub(super) async fn check(stores: &Stores, target: &Target, name: AccountName) -> Result<Output, CliError> {
    let account = account(stores, target, name).await?;
    let kind = account.kind();
    let state = match account.check().await {
        Ok(state) => state,
        Err(ConfigError::Values { problems, .. }) => return Ok(incomplete(name, kind, problems)),
        Err(error) => return Ok(incomplete(name, kind, vec![error.to_string()])),
    };
    let Some(state) = state else {
        let text = format!("Account {name} can start. {} cannot be asked about an account.", kind.title);
        return Ok(Output::new(text, document(name, kind, "not_asked", &[], None)));
    };
    let document = document(name, kind, word(&state), &[], Some(&state));
    let text = sentence(name, kind, &state);
    let works = matches!(state, AccountState::Works { .. });
    let problem = (!works).then(|| CliError::Check(CheckError { account: name, kind, state }));
    // The sentence of a problem is on standard error.
    let text = if works { text } else { String::new() };
    Ok(Output::new(text, document).with_problem(problem))
}

/// The account with its settings and secrets, as functions read it.
async fn account(stores: &Stores, target: &Target, name: AccountName) -> Result<Account, CliError> {
    let (kind, stored) = known(stores, name).await?;
    let mut variables = target.account_variables(name, stored.is_none()).await?;
    if kind == &aws::KIND && target.has_secrets() {
        variables.insert_credentials(target).await?;
        note("AWS is asked with your own credentials, not with those of the function dispatch.");
    }
    if !target.has_secrets() {
        note("The secrets of an instance on this machine are read from the variables of this terminal.");
    }
    let lookup = |variable: &str| variables.get(variable);
    let mut environment = Environment::new(&lookup);
    let account = match stored {
        Some(stored) => Some(Given::read(&mut environment).stored(name, kind, stored.settings)),
        None => Account::of_environment(&mut environment),
    };
    Ok(environment.finish(account)?)
}

fn incomplete(name: AccountName, kind: &Kind, problems: Vec<String>) -> Output {
    let document = document(name, kind, "cannot_start", &problems, None);
    Output::new("", document).with_problem(Some(CliError::AccountSettings(problems)))
}

fn document(
    name: AccountName,
    kind: &Kind,
    result: &str,
    problems: &[String],
    state: Option<&AccountState>,
) -> Value {
    let (balance, fault) = match state {
        Some(AccountState::Works { balance }) => (balance.as_deref(), None),
        Some(AccountState::Fault(fault)) => (None, Some(fault.code())),
        _ => (None, None),
    };
    json!({
        "account": name,
        "kind": kind.name,
        "result": result,
        "problems": problems,
        "balance": balance,
        "fault": fault,
    })
}

const fn word(state: &AccountState) -> &'static str {
    match state {
        AccountState::Works { .. } => "works",
        AccountState::Fault(AccountFault::Credentials) => "credentials_refused",
        AccountState::Fault(_) => "account_trouble",
        AccountState::MayNotAsk => "not_allowed",
        AccountState::Unreachable => "unreachable",
        AccountState::Unclear { .. } => "unclear",
    }
}

/// A sentence about the state that a provider reports of an account.
fn sentence(name: AccountName, kind: &Kind, state: &AccountState) -> String {
    let Kind { title, .. } = kind;
    let asked = kind.asks_for.unwrap_or_default();
    match state {
        AccountState::Works { balance: Some(balance) } => {
            format!("Account {name} works: {title} accepts its credentials. Balance: {balance}.")
        }
        AccountState::Works { balance: None } => {
            format!("Account {name} works: {title} accepts its credentials.")
        }
        AccountState::Fault(fault) => of_fault(name, title, *fault),
        AccountState::MayNotAsk => format!(
            "{title} knows the credentials of {name}, but does not let them ask for {asked}; whether they may send is \
             not known"
        ),
        AccountState::Unreachable => format!(
            "{title} could not be reached for {name}: no connection, or no answer in time; check its base_url, if it \
             has one, and the network"
        ),
        AccountState::Unclear { status } => format!(
            "{title} answered with HTTP status {status}, which says nothing about {name}; check its base_url, if it \
             has one, or try again later"
        ),
    }
}

fn of_fault(name: AccountName, title: &str, fault: AccountFault) -> String {
    match fault {
        AccountFault::Credentials => {
            format!("{title} refuses the credentials of {name}; set them with `sms account secrets {name}`")
        }
        AccountFault::BalanceEmpty => {
            format!("{title} says that the balance of {name} is used up; top it up there")
        }
        AccountFault::SenderRefused => format!("{title} has no sender that {name} may use"),
        AccountFault::OnHold => {
            format!("{title} has suspended, closed or held back the account of {name}; ask it why")
        }
        AccountFault::RequestRefused => {
            format!("{title} does not know what {name} asks for; check its settings")
        }
    }
}
