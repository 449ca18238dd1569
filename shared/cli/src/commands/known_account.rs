//! An account that a command names.

use domain::ids::AccountName;
use providers::Kind;
use stores::{Stores, accounts::provider_accounts::StoredAccount};

use crate::CliError;

/// What an account is called in an error.
pub(super) const WHAT: &str = "account";

/// The kind and the settings of an account; of one of a deployment's parameters the settings are not known.
pub(super) async fn known(
    stores: &Stores,
    name: AccountName,
) -> Result<(&'static Kind, Option<StoredAccount>), CliError> {
    if let Ok(kind) = name.as_str().parse::<&'static Kind>() {
        return Ok((kind, None));
    }
    let unknown = || CliError::Unknown { kind: WHAT, name: name.to_string() };
    let account = stores.accounts.providers.get(name).await?.ok_or_else(unknown)?;
    let kind = account.kind.parse().map_err(|_| unknown())?;
    Ok((kind, Some(account)))
}
