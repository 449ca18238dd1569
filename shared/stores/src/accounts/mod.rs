//! Organisations and what is theirs alone: keys, money, limits, opt-outs.
//!
//! ```text
//! ORG#<org>              PROFILE       the organisation
//!                        COUNTERS      its last campaign's number
//!                        WALLET        what it has: available, reserved, charged
//!                        KEY#<id>      a key, as its owner sees it
//!                        SPEND#<day>   what campaigns accepted on a day cost together
//! ORG#<org>#LEDGER       <posting id>  a line of the ledger, written once
//! ORG#<org>#IDEMPOTENCY  <key's hash>  what was answered under an Idempotency-Key
//! ORG#<org>#RATE         <window>      requests of a window
//! ORG#<org>#OPTOUT       HEAD, L#<leaf>, O#<leaf>  whom it must not reach, packed
//! KEY#<hash>             KEY           whose key it is, and what it may do
//! SENDER#<sender>        ORG#<org>     that it may send under this sender id
//! STOPS                  ALL#<activity>, ORG#<org>#<activity>  that an operator has stopped it
//! ```

pub mod api_keys;
pub mod idempotency;
pub mod opt_outs;
pub mod organisations;
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
    /// What an operator has stopped.
    pub stops: stops::StopSwitch,
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
            stops: stops::StopSwitch::new(table.clone()),
            table,
        }
    }

    /// Whether the table answers. Also primes the connection during a cold start.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.table.reachable().await
    }
}
