//! The auditor: reads the three tables, recomputes every promise from the stored items, and reports contradictions.
//!
//! Called by the operator's command `audit`, and by tests. It writes nothing, calls no provider, and reports no phone
//! number, text or key.
//!
//! **Architecture invariant.** It shares no code with the writers: it reads every stored form with a reader of its own,
//! written from the form's description, and has every documented number ([`limits`]) a second time. Otherwise a mistake
//! in shared code would never be found.
//!
//! It streams: one page, one batch, one leaf of a book at a time, several in parallel. Its memory grows with campaigns
//! and batches (some bytes each), never with recipients or contacts, unless its caller asks for [`StoredCampaigns`].
//!
//! It may run on a live system. Items that one transaction writes together are read between two reads of the item that
//! all such transactions write (a campaign's header, a wallet, a book's header). If that item has changed, the findings
//! are dropped and everything is read again. Items that change every time are counted as
//! [unsettled](Report::unsettled), and not judged.

mod error;
mod forms;
mod judge;
mod limits;
mod options;
mod place;
mod report;
mod section;
pub mod stored_campaigns;
mod tables;
mod walk;

pub use error::AuditError;
pub use forms::status::Status;
pub use options::Options;
pub use place::Place;
pub use report::{Finding, Report, Rule};
pub use stored_campaigns::StoredCampaigns;
pub use tables::TableNames;

use aws_sdk_dynamodb::Client;
use tables::Tables;
use walk::Keep;

/// Reads the tables and judges them.
#[derive(Clone, Debug)]
pub struct Auditor {
    tables: Tables,
}

impl Auditor {
    /// An auditor of these tables. Needs only permission to read.
    pub const fn new(client: Client, names: TableNames) -> Self {
        Self { tables: Tables::new(client, names) }
    }

    /// Audits the organisations of the options.
    ///
    /// # Errors
    /// If a table does not answer, or the organisation of the options does not exist. A stored item that cannot be read
    /// is a finding, not an error.
    pub async fn audit(&self, options: Options) -> Result<Report, AuditError> {
        Ok(walk::walk(&self.tables, &options, Keep::Report).await?.0)
    }

    /// Audits, and also returns the campaigns that were read. Needs memory for every recipient. If functions write
    /// meanwhile, one batch may be read before a transaction and the next one after it.
    ///
    /// # Errors
    /// As [`audit`](Self::audit).
    pub async fn audit_with_campaigns(
        &self,
        options: Options,
    ) -> Result<(Report, StoredCampaigns), AuditError> {
        walk::walk(&self.tables, &options, Keep::ReportAndPicture).await
    }
}

#[cfg(test)]
mod tests {
    /// No crate of this workspace. `serde_json` reads the stored answers of sends.
    const DEPENDENCIES: [&str; 5] =
        ["aws-sdk-dynamodb", "crc32fast", "futures-util", "serde_json", "thiserror"];

    #[test]
    fn no_code_is_shared_with_the_writers() {
        let manifest = include_str!("../Cargo.toml");
        let dependencies = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
        let names = dependencies.filter_map(|line| line.split_once(['.', ' ', '='])).map(|(name, _)| name);
        assert_eq!(names.collect::<Vec<_>>(), DEPENDENCIES);
    }
}
