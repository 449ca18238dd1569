//! The names of the tables.

use platform::environment::Environment;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    /// Organisations, keys, wallets, ledgers, opt-outs, rate windows, idempotency records.
    pub accounts: String,
    /// Books, contacts, rosters.
    pub address_books: String,
    /// Campaigns and batches.
    pub campaigns: String,
}

impl TableNames {
    /// Reads the names that the template gives a function.
    pub fn read(environment: &mut Environment<'_>) -> Self {
        Self {
            accounts: environment.required("ACCOUNTS_TABLE"),
            address_books: environment.required("ADDRESS_BOOKS_TABLE"),
            campaigns: environment.required("CAMPAIGNS_TABLE"),
        }
    }

    /// The names with a common beginning: `demo-Accounts` and so on.
    pub fn with_prefix(prefix: &str) -> Self {
        Self {
            accounts: format!("{prefix}Accounts"),
            address_books: format!("{prefix}AddressBooks"),
            campaigns: format!("{prefix}Campaigns"),
        }
    }
}
