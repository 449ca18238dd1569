//! The demo organisation, its money and its key.

use cli::instance::demo_key;
use cli::operator::{NewKey, OrganisationError, issue_key};
use domain::{api_key::ApiKey, ids::OrganisationId, timestamp::Timestamp};
use stores::{Creation, StoreError, Stores, accounts::wallets::PostingError};

use super::content::{ContentError, OPENING_BALANCE, OPENING_REFERENCE, organisation};
use crate::data::{DataError, LocalData};

/// The key's name in listings.
const KEY_NAME: &str = "printed by cargo run";

/// The demo organisation and the key that it is used with.
#[derive(Debug)]
pub struct DemoAccount {
    pub organisation: OrganisationId,
    /// The organisation's live key.
    pub key: ApiKey,
}

/// Why the demo has no account.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error(transparent)]
    Content(#[from] ContentError),
    #[error(transparent)]
    Organisation(#[from] OrganisationError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    TopUp(#[from] PostingError),
    /// The key's file.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// Creates the organisation if it does not exist, and finds its key or issues one.
///
/// # Errors
/// If the tables or the key's file cannot be used.
pub async fn open_account(
    stores: &Stores,
    data: &LocalData,
    now: Timestamp,
) -> Result<DemoAccount, AccountError> {
    let (_, organisation) = organisation()?.build()?;
    // The id is taken if an earlier start has created it.
    let (Creation::Created | Creation::IdTaken) = stores.accounts.organisations.create(&organisation).await?;
    stores.accounts.wallets.top_up(organisation.id, OPENING_REFERENCE, OPENING_BALANCE, now).await?;
    let kept = match demo_key(data.path()) {
        Some(key) if stores.accounts.api_keys.find(&key, now).await?.is_some() => Some(key),
        _ => None,
    };
    let key = match kept {
        Some(key) => key,
        None => issue(stores, data, organisation.id, now).await?,
    };
    Ok(DemoAccount { organisation: organisation.id, key })
}

async fn issue(
    stores: &Stores,
    data: &LocalData,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<ApiKey, AccountError> {
    let issued = issue_key(stores, organisation, NewKey::unrestricted(KEY_NAME), now).await?;
    data.keep_key(&issued.key)?;
    Ok(issued.key)
}
