//! `account`: accounts at SMS providers.

use std::{collections::BTreeMap, io, path::Path};

use domain::{ids::AccountName, pacing::Pace, sender_id::SenderId, stop::STOP_DELAY};
use platform::{clock::Clock, stage::Stage};
use providers::{Account, KINDS, Kind, Setting};
use serde_json::{Value, json};
use stores::{Changed, Creation, Stores, accounts::provider_accounts::StoredAccount};

use super::account_check as check;
use super::account_state::AccountState;
use super::known_account::{WHAT, known};
use crate::{
    CliError,
    args::{AccountCommand, AddArgs, Deployment, PacedSender, SetAccountArgs},
    operator::{
        SecretsError, Setting as Change, add_callback_secret, merge_secrets, read_secrets, routes_to,
    },
    output::Output,
    target::Target,
    terminal::note,
};

/// Kinds whose resources and rights the template makes for the account of its parameters alone.
const KINDS_OF_PARAMETERS: [&str; 2] = ["aws", "sandbox"];

pub(super) async fn account(
    command: AccountCommand,
    at: Deployment,
    data: &Path,
) -> Result<Output, CliError> {
    if matches!(command, AccountCommand::Kinds) {
        return Ok(kinds());
    }
    let target = Target::of(at, data).await?;
    let stores = target.stores().await?;
    let now = Clock::machine().now();
    match command {
        AccountCommand::Kinds => Ok(kinds()),
        AccountCommand::Add(args) => add(&stores, args).await,
        AccountCommand::Set(args) => set(&stores, args).await,
        AccountCommand::List => list(&stores, &target).await,
        AccountCommand::Check { account } => check::check(&stores, &target, account).await,
        AccountCommand::Secrets { account } => secrets(&stores, &target, account).await,
        AccountCommand::Hold { account, reason } => {
            known(&stores, account).await?;
            stores.accounts.stops.hold(account, reason.as_deref(), now).await?;
            list(&stores, &target).await
        }
        AccountCommand::Open { account } => {
            // An account that was removed stays held or closed.
            let is_held = stores.accounts.stops.read().await?.hold(account).is_some();
            let turns = stores.campaigns.account_turns(account).await?;
            if !is_held && turns.turns().closure().is_none() {
                known(&stores, account).await?;
                note(format_args!("{account} was neither held nor closed."));
            }
            stores.accounts.stops.open(account).await?;
            stores.campaigns.open_account(account).await?;
            list(&stores, &target).await
        }
        AccountCommand::Remove { account } => remove(&stores, &target, account).await,
    }
}

fn kinds() -> Output {
    let lines = |what: &str, settings: &[Setting]| {
        let line = |setting: &Setting| {
            let need = if setting.is_required { "required" } else { "optional" };
            format!("\n  {what} {} ({need}): {}", setting.name, setting.help)
        };
        settings.iter().map(line).collect::<String>()
    };
    let text = |kind: &&Kind| {
        let (settings, secrets) = (lines("setting", kind.settings), lines("secret", kind.secrets));
        format!("{}: {}{settings}{secrets}", kind.name, kind.title)
    };
    let document = |kind: &&Kind| {
        json!({
            "kind": kind.name,
            "title": kind.title,
            "settings": kind.settings.iter().map(setting_document).collect::<Value>(),
            "secrets": kind.secrets.iter().map(setting_document).collect::<Value>(),
        })
    };
    let results: Vec<Value> = KINDS.iter().map(document).collect();
    let text = KINDS.iter().map(text).collect::<Vec<_>>().join("\n");
    Output::new(text, json!({"total": results.len(), "results": results}))
}

fn setting_document(setting: &Setting) -> Value {
    json!({"name": setting.name, "required": setting.is_required, "help": setting.help})
}

async fn add(stores: &Stores, args: AddArgs) -> Result<Output, CliError> {
    let AddArgs { account: name, kind, settings, pace, senders } = args;
    if name.as_str().parse::<&Kind>().is_ok() {
        return Err(CliError::NameOfAKind(name));
    }
    if KINDS_OF_PARAMETERS.contains(&kind.name) {
        return Err(CliError::KindOfParameters(kind.name));
    }
    let settings: BTreeMap<_, _> = settings.into_iter().collect();
    let account = with_settings(kind, name, &settings);
    let problems = account.problems_of_settings();
    if !problems.is_empty() {
        return Err(CliError::AccountSettings(problems));
    }
    let (senders, sender_paces) = split(senders);
    let stored = StoredAccount { name, kind: kind.name.to_owned(), settings, pace, senders, sender_paces };
    match stores.accounts.providers.add(&stored).await? {
        Creation::IdTaken => Err(CliError::AccountExists(name)),
        Creation::Created => {
            let secrets = account.missing_secrets();
            if !secrets.is_empty() {
                let secrets = secrets.join(", ");
                note(format_args!("It needs secrets ({secrets}): sms account secrets {name}"));
            }
            Ok(Output::new(format_args!("Account {name} ({kind}) is added."), document(&stored)))
        }
    }
}

/// Senders, and the rates of those that have one of their own.
fn split(senders: Vec<PacedSender>) -> (Vec<SenderId>, BTreeMap<SenderId, Pace>) {
    let paces = senders.iter().filter_map(|(sender, pace)| Some((sender.clone(), (*pace)?))).collect();
    (senders.into_iter().map(|(sender, _)| sender).collect(), paces)
}

fn with_settings(kind: &'static Kind, name: AccountName, settings: &BTreeMap<String, String>) -> Account {
    // The sandbox is checked as a test deployment would.
    let account = Account::new(kind, Stage::Test).named(name);
    settings.iter().fold(account, |account, (setting, value)| account.with(setting, value))
}

/// Changes what is named.
async fn set(stores: &Stores, args: SetAccountArgs) -> Result<Output, CliError> {
    let SetAccountArgs { account: name, settings, pace, senders, any_sender } = args;
    let unknown = || CliError::Unknown { kind: WHAT, name: name.to_string() };
    let mut stored = stores.accounts.providers.get(name).await?.ok_or_else(unknown)?;
    let kind: &'static Kind = stored.kind.parse().map_err(|_| unknown())?;
    for (setting, value) in settings {
        // A setting without a value counts as left out.
        match value.is_empty() {
            true => drop(stored.settings.remove(&setting)),
            false => drop(stored.settings.insert(setting, value)),
        }
    }
    let problems = with_settings(kind, name, &stored.settings).problems_of_settings();
    if !problems.is_empty() {
        return Err(CliError::AccountSettings(problems));
    }
    match pace {
        Some(Change::On(pace)) => stored.pace = Some(pace),
        Some(Change::Off) => stored.pace = None,
        None => {}
    }
    let is_limited = !senders.is_empty();
    if any_sender || is_limited {
        (stored.senders, stored.sender_paces) = split(senders);
    }
    if stores.accounts.providers.replace(&stored).await? == Changed::NotFound {
        return Err(unknown());
    }
    if is_limited {
        note(format_args!(
            "Recipients of other sender ids whose routes lead to {name} alone have no route: sends skip them, and those \
             who are still queued fail and are refunded."
        ));
    }
    Ok(Output::new(line_of(&stored), document(&stored)))
}

/// Accounts that were added or are held, and that of the deployment's parameters.
async fn list(stores: &Stores, target: &Target) -> Result<Output, CliError> {
    let (accounts, stops) = (stores.accounts.providers.list().await?, stores.accounts.stops.read().await?);
    let provider = target.provider().await?;
    let is_added = |name: &AccountName| accounts.iter().any(|account| account.name == *name);
    let mut others: Vec<AccountName> =
        provider.into_iter().chain(stops.holds().map(|hold| hold.account)).collect();
    others.sort();
    others.dedup();
    others.retain(|name| !is_added(name));
    let now = Clock::machine().now();
    let (mut lines, mut results) = (Vec::new(), Vec::new());
    for account in &accounts {
        let state = AccountState::read(stores, account.name, &stops, now).await?;
        lines.push(format!("{}: {}{}", line_of(account), state.text(), state.booked()));
        results.push(with_state(document(account), &state));
    }
    for name in others {
        let state = AccountState::read(stores, name, &stops, now).await?;
        let kind = name.as_str().parse::<&Kind>().ok().map(|kind| kind.name);
        lines.push(format!("{name}: {}{}", state.text(), state.booked()));
        let account = json!({"account": name, "kind": kind, "settings": {}, "segments_per_second": null, "sender_ids": [],
            "sender_segments_per_second": {}});
        results.push(with_state(account, &state));
    }
    let text = if lines.is_empty() {
        "No account was added, and none is held.".to_owned()
    } else {
        lines.join("\n")
    };
    let seconds = STOP_DELAY.secs_rounded_up();
    let document =
        json!({"total": results.len(), "results": results, "takes_effect_within_seconds": seconds});
    Ok(Output::new(text, document))
}

fn line_of(account: &StoredAccount) -> String {
    let StoredAccount { name, kind, pace, senders, sender_paces, .. } = account;
    let pace = pace.map(|pace| format!(", {} segments/s", pace.segments_per_second())).unwrap_or_default();
    let named = |sender: &SenderId| match sender_paces.get(sender) {
        Some(pace) => format!("{sender} ({}/s)", pace.segments_per_second()),
        None => sender.to_string(),
    };
    let names: Vec<String> = senders.iter().map(named).collect();
    let senders = if names.is_empty() { String::new() } else { format!(", as {} only", names.join(", ")) };
    format!("{name} ({kind}{pace}{senders})")
}

fn document(account: &StoredAccount) -> Value {
    let StoredAccount { name, kind, settings, pace, senders, sender_paces } = account;
    json!({
        "account": name,
        "kind": kind,
        "settings": settings,
        "segments_per_second": pace,
        "sender_ids": senders,
        "sender_segments_per_second": sender_paces,
    })
}

fn with_state(mut account: Value, state: &AccountState<'_>) -> Value {
    if let (Value::Object(account), Value::Object(state)) = (&mut account, state.document()) {
        account.extend(state);
    }
    account
}

async fn secrets(stores: &Stores, target: &Target, name: AccountName) -> Result<Output, CliError> {
    let (kind, added) = known(stores, name).await?;
    if !target.has_secrets() {
        return Err(SecretsError::NoDocument.into());
    }
    let mut secrets = read_secrets(kind, io::stdin().lock())?;
    let document = target.secret_document().await?;
    // The account of the parameters already has the deployment's callback secret, which is in the addresses that its
    // provider calls.
    if added.is_some() && add_callback_secret(kind, &document, name, &mut secrets)? {
        note("A callback_secret was made for it: the last part of the addresses that the provider calls.");
    }
    let names: Vec<_> = secrets.keys().cloned().collect();
    target.replace_secret_document(merge_secrets(document, name, secrets)).await?;
    let text = format!("{} of {name} set in the secret document.", names.join(", "));
    Ok(Output::new(text, json!({"account": name, "secrets": names})))
}

async fn remove(stores: &Stores, target: &Target, name: AccountName) -> Result<Output, CliError> {
    if target.provider().await? == Some(name) {
        return Err(CliError::AccountOfParameters(name));
    }
    let routes = routes_to(&stores.accounts.routing.read_all().await?, name);
    if !routes.is_empty() {
        return Err(CliError::AccountInRoutes { account: name, routes });
    }
    match stores.accounts.providers.remove(name).await? {
        Changed::NotFound => Err(CliError::Unknown { kind: WHAT, name: name.to_string() }),
        // The account's hold stays, because running functions have read the account already.
        Changed::Done => Ok(Output::new(
            format_args!("Account {name} is removed."),
            json!({"account": name, "removed": true}),
        )),
    }
}
