//! Organisations and what is theirs alone: keys, money, limits, opt-outs.
//!
//! ```text
//! ORG#<org>              PROFILE       the organisation                                            operator
//! ORG#<org>#KEYS         <id>          the hash of a key, to list an organisation's keys           operator
//! KEY#<hash>             KEY           whose key it is, and what it may do                         operator
//! USED#<hash>            USED          when the key was last used
//! ORG#<org>#COUNTERS     COUNTERS      its last campaign's number
//! ORG#<org>#WALLET       WALLET        what it has: available, reserved, charged
//! ORG#<org>#TOPUPS       <posting id>  a line of the ledger that is a top-up or its correction     operator
//! ORG#<org>#LEDGER       <posting id>  any other line of the ledger, written once
//! ORG#<org>#SPEND        <day>         what campaigns accepted on a day cost together
//! ORG#<org>#IDEMPOTENCY  <mode>#<key's hash>  what was answered under an Idempotency-Key
//! ORG#<org>#RATE         <window>      requests of a window
//! ORG#<org>#OPTOUT       HEAD, L#<leaf>, O#<leaf>  whom it must not reach, packed
//! ORG#<org>#ERASURES     <time>        that a person was erased, and not who                         operator
//! SENDER#<sender>        ORG#<org>     that it may send under this sender id                       operator
//! STOPS                  ALL#<activity>, ORG#<org>#<activity>, ACCOUNT#<account>  that it is stopped  operator
//! PROVIDERS              A#<account>   an account at an SMS provider                                operator
//! ```
//! What one function may write and another may not has a partition of its own: a role is confined to partitions
//! (`dynamodb:LeadingKeys` in `template.yaml`), not to items of one. What is marked is written by an operator's commands
//! alone. So no function can make a key, or a top-up that the audit would take for one.

pub mod api_keys;
pub mod erasures;
pub mod idempotency;
pub mod opt_outs;
pub mod organisations;
pub mod provider_accounts;
pub mod rate_windows;
pub mod stops;
pub mod wallets;

use crate::{error::StoreError, table::Table};

/// The accounts table, by concern.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// Who may ask.
    pub api_keys: api_keys::ApiKeys,
    /// Who they are.
    pub organisations: organisations::Organisations,
    /// What they own.
    pub wallets: wallets::Wallets,
    /// How often they ask.
    pub rate_windows: rate_windows::RateWindows,
    /// What they were answered under a key of theirs.
    pub idempotency: idempotency::Idempotency,
    /// Whom they must not reach.
    pub opt_outs: opt_outs::OptOuts,
    /// That people were erased.
    pub erasures: erasures::Erasures,
    /// What an operator has stopped.
    pub stops: stops::StopSwitch,
    /// Accounts at SMS providers.
    pub providers: provider_accounts::ProviderAccounts,
    table: Table,
}

impl Accounts {
    /// Over the table.
    pub fn new(table: Table) -> Self {
        Self {
            api_keys: api_keys::ApiKeys::new(table.clone()),
            organisations: organisations::Organisations::new(table.clone()),
            wallets: wallets::Wallets::new(table.clone()),
            rate_windows: rate_windows::RateWindows::new(table.clone()),
            idempotency: idempotency::Idempotency::new(table.clone()),
            opt_outs: opt_outs::OptOuts::new(table.clone()),
            erasures: erasures::Erasures::new(table.clone()),
            stops: stops::StopSwitch::new(table.clone()),
            providers: provider_accounts::ProviderAccounts::new(table.clone()),
            table,
        }
    }

    /// Whether the table answers. Also primes the connection during a cold start.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }
}
