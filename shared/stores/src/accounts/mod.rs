//! Organisations and the items that belong to one organisation: keys, money, limits, opt-outs.
//!
//! ```text
//! ORG#<org>              PROFILE       the organisation                                            operator
//! ORG#<org>#KEYS         <id>          the hash of a key, to list an organisation's keys           operator
//! KEY#<hash>             KEY           the key's organisation, scopes and mode                     operator
//! USED#<hash>            USED          when the key was last used
//! ORG#<org>#COUNTERS     COUNTERS      the last campaign's number
//! ORG#<org>#WALLET       WALLET        money available, reserved, charged
//! ORG#<org>#TOPUPS       <posting id>  a ledger line: a top-up or its correction                   operator
//! ORG#<org>#LEDGER       <posting id>  any other ledger line, written once
//! ORG#<org>#SPEND        <day>         total cost of the campaigns accepted on a day
//! ORG#<org>#IDEMPOTENCY  <mode>#<key's hash>  the answer under an Idempotency-Key
//! ORG#<org>#RATE         <window>      requests of a window
//! ORG#<org>#OPTOUT       HEAD, L#<leaf>, O#<leaf>  opted-out numbers, packed
//! ORG#<org>#ERASURES     <time>        that a person was erased, and not who                       operator
//! SENDER#<sender>        ORG#<org>     that the organisation may send under this sender id         operator
//! STOPS                  ALL#<activity>, ORG#<org>#<activity>, ACCOUNT#<account>  a stop       operator
//! PROVIDERS              A#<account>, ROUTES, ROUTES#ORG#<org>  accounts at SMS providers, and routes  operator
//! ```
//! An item that one function may write and another may not has its own partition, because a role is limited by
//! partition keys (`dynamodb:LeadingKeys` in `template.yaml`) and not by sort keys. Only the operator's commands write
//! the items marked "operator". So no function can issue a key, or write a top-up that the audit would accept.

pub mod api_keys;
pub mod erasures;
pub mod idempotency;
pub mod opt_outs;
pub mod organisations;
pub mod provider_accounts;
pub mod rate_windows;
pub mod routing;
pub mod stops;
pub mod wallets;

use crate::{error::StoreError, table::Table};

/// The accounts table, by concern.
#[derive(Clone, Debug)]
pub struct Accounts {
    pub api_keys: api_keys::ApiKeys,
    pub organisations: organisations::Organisations,
    pub wallets: wallets::Wallets,
    pub rate_windows: rate_windows::RateWindows,
    pub idempotency: idempotency::Idempotency,
    pub opt_outs: opt_outs::OptOuts,
    pub erasures: erasures::Erasures,
    pub stops: stops::StopSwitch,
    /// Accounts at SMS providers.
    pub providers: provider_accounts::ProviderAccounts,
    /// The routes to them.
    pub routing: routing::RoutingStore,
    table: Table,
}

impl Accounts {
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
            routing: routing::RoutingStore::new(table.clone()),
            table,
        }
    }

    /// Whether the table answers. At a cold start this also opens the connection.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }
}
