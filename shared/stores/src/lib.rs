//! The three DynamoDB tables, and every read and write of them.
//!
//! Called by the functions. Each store offers operations of the domain; no type of DynamoDB leaves this crate. It knows
//! no queue, no provider and no HTTP.
//!
//! **Architecture invariant.** Every key begins with the organisation, unless the organisation is what the key finds
//! (an API key's hash, a sender id, a deleted book that the clock removes). Only the operator's commands scan a table.

pub mod accounts;
pub mod books;
pub mod campaigns;
pub mod error;
mod item;
mod keys;
mod names;
mod outcome;
mod page;
mod recent;
mod retry;
pub mod schema;
mod start;
mod table;

pub use error::StoreError;
pub use names::TableNames;
pub use outcome::{Changed, Creation};
pub use page::{ListPage, ListPosition, ListRequest, PageStart, Position, TextPosition};
pub use start::read_secrets;
pub use table::{BATCH_CALLS, DynamoDb, Table};

use platform::{aws::AwsSettings, environment::Environment};

/// The service's suffix of the standard endpoint variable, `AWS_ENDPOINT_URL_DYNAMODB`.
pub const SERVICE: &str = "DYNAMODB";

/// All stores over one client.
#[derive(Clone, Debug)]
pub struct Stores {
    /// Organisations, keys, wallets, opt-outs, rates.
    pub accounts: accounts::Accounts,
    /// Books, contacts, rosters.
    pub books: books::AddressBooks,
    /// Campaigns and their batches.
    pub campaigns: campaigns::Campaigns,
}

impl Stores {
    pub fn new(dynamodb: &DynamoDb, names: &TableNames) -> Self {
        let table = |name: &str| Table::new(dynamodb, name);
        let (accounts, books) = (table(&names.accounts), table(&names.address_books));
        Self {
            campaigns: campaigns::Campaigns::new(table(&names.campaigns), accounts.clone()),
            accounts: accounts::Accounts::new(accounts),
            books: books::AddressBooks::new(books),
        }
    }

    /// Reads the connection's settings and the tables' names from the environment.
    pub fn read(environment: &mut Environment<'_>, http: &platform::http::HttpClient) -> Self {
        let settings = AwsSettings::read(environment, SERVICE);
        Self::new(&DynamoDb::connect(&settings, http), &TableNames::read(environment))
    }

    /// Whether all tables answer: one cheap read of each.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        let (a, b, c) =
            tokio::join!(self.accounts.reachable(), self.books.reachable(), self.campaigns.reachable());
        a.and(b).and(c)
    }
}
