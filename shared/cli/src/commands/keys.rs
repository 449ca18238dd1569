//! `key`: API keys.

use std::path::Path;

use domain::{
    api_key::{KeyMode, KeyRecord},
    organisation::Organisation,
    scope::{Scope, Scopes},
    timestamp::Offset,
};
use platform::clock::Clock;
use serde_json::{Value, json};
use stores::{Changed, Stores};

use super::organisations::known;
use crate::{
    CliError,
    args::{Deployment, IssueArgs, KeyCommand},
    operator::{NewKey, issue_key},
    output::Output,
    target::Target,
    terminal::note,
};

pub(super) async fn key(command: KeyCommand, at: Deployment, data: &Path) -> Result<Output, CliError> {
    let stores = Target::of(at, data).await?.stores().await?;
    match command {
        KeyCommand::Issue(args) => issue(&stores, args).await,
        KeyCommand::List { organisation } => {
            let organisation = known(&stores, &organisation).await?;
            Ok(listing(&organisation, &stores.accounts.api_keys.list(organisation.id).await?))
        }
        KeyCommand::Revoke { organisation, key } => {
            let organisation = known(&stores, &organisation).await?.id;
            let now = Clock::machine().now();
            match stores.accounts.api_keys.revoke(organisation, key, now).await? {
                Changed::Done => {
                    Ok(Output::new(format_args!("{key} is revoked."), json!({"id": key, "revoked": true})))
                }
                Changed::NotFound => Err(CliError::Unknown { kind: "key", name: key.to_string() }),
            }
        }
    }
}

async fn issue(stores: &Stores, args: IssueArgs) -> Result<Output, CliError> {
    let IssueArgs { organisation, name, test, scopes, valid_until } = args;
    let organisation = known(stores, &organisation).await?;
    let scopes = if scopes.is_empty() { Scopes::all() } else { scopes.into_iter().collect() };
    let mode = if test { KeyMode::Test } else { KeyMode::Live };
    let new = NewKey { name, mode, scopes, valid_until };
    let issued = issue_key(stores, organisation.id, new, Clock::machine().now()).await?;
    note(format_args!("Key {} of {}, shown only now:", issued.record.id, organisation.name));
    let mut document = document(&issued.record, organisation.offset);
    document["key"] = issued.key.reveal().into();
    Ok(Output::new(issued.key.reveal(), document))
}

fn listing(organisation: &Organisation, keys: &[KeyRecord]) -> Output {
    let offset = organisation.offset;
    let lines: Vec<_> = keys.iter().map(|key| line(key, offset)).collect();
    let results: Vec<_> = keys.iter().map(|key| document(key, offset)).collect();
    Output::new(lines.join("\n"), json!({"total": results.len(), "results": results}))
}

fn line(key: &KeyRecord, offset: Offset) -> String {
    let state = match (key.revoked_at, key.valid_until) {
        (Some(at), _) => format!("revoked {}", at.rfc3339(offset)),
        (None, Some(until)) => format!("until {}", until.rfc3339(offset)),
        (None, None) => "valid".to_owned(),
    };
    let used =
        key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", at.rfc3339(offset)));
    let scopes: Vec<_> = key.scopes.iter().map(Scope::as_str).collect();
    format!("{}  {}…  {}  {state}, {used}  {}", key.id, key.hint, key.name, scopes.join(","))
}

fn document(key: &KeyRecord, offset: Offset) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "test": key.mode == KeyMode::Test,
        "scopes": key.scopes,
        "created_at": key.created_at.rfc3339(offset),
        "last_used_at": key.last_used_at.map(|at| at.rfc3339(offset)),
        "valid_until": key.valid_until.map(|until| until.rfc3339(offset)),
        "revoked_at": key.revoked_at.map(|at| at.rfc3339(offset)),
    })
}
