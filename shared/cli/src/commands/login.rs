//! `login`, `logout` and `profiles`: names for the addresses and keys of APIs.

use std::path::Path;

use domain::api_key::ApiKey;
use serde_json::{Value, json};

use super::listing::{aligned, cell};
use crate::{
    CliError,
    args::Api,
    client::Client,
    output::Output,
    profiles::{Profile, Profiles},
    target,
    terminal::{ask_secret, note},
};

/// Keeps an API and its key under a name, once the API has taken the key.
pub(super) async fn login(name: &str, api: &Api, data: &Path) -> Result<Output, CliError> {
    if api.profile.as_deref().is_some_and(|other| !other.is_empty()) {
        return Err(CliError::ProfileAtLogin);
    }
    let profiles = Profiles::read()?;
    let (url, key) = target::place(api, data).await?;
    let key = match key {
        Some(key) => key,
        None => ApiKey::parse(ask_secret("API key: ").trim()).map_err(|_| CliError::NotAKey)?,
    };
    let client = Client::new(&url, &key)?;
    let account: Value = client.get("/v1/account/").await?;
    let url = client.base_url().to_owned();
    profiles.keep(name, Profile { url: url.clone(), key: key.reveal().to_owned() })?;
    let text = format!(
        "{name}: {} at {url}, with a {} key; use it by --as {name} or SMS_PROFILE={name}",
        cell(&account["organisation"]["name"]),
        cell(&account["key"]["mode"]),
    );
    let document =
        json!({"profile": name, "url": url, "organisation": account["organisation"], "key": account["key"]});
    Ok(Output::new(text, document))
}

pub(super) fn logout(name: &str) -> Result<Output, CliError> {
    if !Profiles::read()?.remove(name)? {
        return Err(CliError::Unknown { kind: "profile", name: name.to_owned() });
    }
    let text = format!("The profile {name} is removed. Its key stays valid until the operator revokes it.");
    Ok(Output::new(text, json!({"profile": name, "removed": true})))
}

/// The names and addresses, without the keys.
pub(super) fn list() -> Result<Output, CliError> {
    let profiles = Profiles::read()?;
    let rows: Vec<_> =
        profiles.iter().map(|(name, profile)| vec![name.to_owned(), profile.url.clone()]).collect();
    let results: Vec<_> =
        profiles.iter().map(|(name, profile)| json!({"profile": name, "url": profile.url})).collect();
    if rows.is_empty() {
        note("There are no profiles.");
    }
    Ok(Output::new(aligned(&rows), json!({"total": results.len(), "results": results})))
}
