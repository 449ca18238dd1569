//! Issuing an API key.

use domain::{
    api_key::{ApiKey, KeyMode, KeyRecord, RANDOM_BYTES},
    ids::{KeyId, OrganisationId},
    scope::Scopes,
    timestamp::Timestamp,
};
use stores::{StoreError, Stores};
use uuid::Uuid;

/// A key as an operator describes it.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// A label, shown in listings.
    pub name: String,
    pub mode: KeyMode,
    pub scopes: Scopes,
    /// When it expires, if it does.
    pub valid_until: Option<Timestamp>,
}

impl NewKey {
    /// A live key with all scopes and no expiry.
    pub fn unrestricted(name: &str) -> Self {
        Self { name: name.to_owned(), mode: KeyMode::Live, scopes: Scopes::all(), valid_until: None }
    }
}

/// A new key, which is shown once, and its stored record.
#[derive(Debug)]
pub struct IssuedKey {
    /// The key itself, which is stored nowhere and cannot be shown again.
    pub key: ApiKey,
    /// The stored record.
    pub record: KeyRecord,
}

/// Issues a key.
///
/// # Errors
/// If the table does not answer, or the operating system gives no random numbers.
pub async fn issue_key(
    stores: &Stores,
    organisation: OrganisationId,
    new: NewKey,
    now: Timestamp,
) -> Result<IssuedKey, StoreError> {
    let random = platform::random::bytes::<RANDOM_BYTES>().map_err(|_| StoreError::NoRandomness)?;
    let NewKey { name, mode, scopes, valid_until } = new;
    let key = ApiKey::generate(mode, &random);
    let unrestricted = KeyRecord::new(&key, KeyId(Uuid::new_v4()), organisation, &name, now);
    let record = KeyRecord { scopes, valid_until, ..unrestricted };
    stores.accounts.api_keys.issue(&key, &record).await?;
    Ok(IssuedKey { key, record })
}
