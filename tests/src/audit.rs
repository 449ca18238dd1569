//! The auditor over a test's stack, with the sandbox's inbox as the provider's truth.

use auditor::{Auditor, Options, ProviderTruth, Report, TableNames};
use aws_sdk_dynamodb::Client;
use local::stack::Stack;
use provider_emulators::sandbox::Server;

use crate::{World, stored};

/// Messages of one page of the inbox.
const PAGE: usize = 1_000;

impl World {
    /// Asserts that everything stored, of every organisation, agrees with itself and with what the
    /// provider really took.
    pub async fn audit(&self) {
        let report = self.audited(Some(self.taken())).await;
        assert!(report.is_clean(), "{report}");
        assert_eq!(report.unsettled, 0, "{report}");
    }

    /// What the auditor says of everything stored, by this evidence of the provider.
    pub async fn audited(&self, provider: Option<ProviderTruth>) -> Report {
        let options = Options { now_millis: self.now().millis(), organisation: None, provider, calls: None };
        auditor(&self.stack).audit(options).await.expect("the tables answer")
    }

    /// What the sandbox took, by our names for the messages.
    pub fn taken(&self) -> ProviderTruth {
        let mut truth = ProviderTruth::new();
        add_taken(&mut truth, self.stack.sandbox());
        truth
    }
}

/// Adds what a sandbox took, by our names for the messages.
pub fn add_taken(truth: &mut ProviderTruth, sandbox: &Server) {
    for page in 1.. {
        let page = sandbox.inbox(page, PAGE, None);
        for message in &page.results {
            let number = message.to.trim_start_matches('+').parse().expect("a number");
            truth.took(&message.reference, number).expect("a reference of ours");
        }
        if page.results.len() < PAGE {
            break;
        }
    }
}

/// Whether a request to this path may ask for a campaign's batches.
pub fn is_order(path: &str) -> bool {
    ["/send-group/", "/cancel/", "/resume/"].iter().any(|end| path.ends_with(end))
}

/// An auditor of a stack's tables.
pub fn auditor(stack: &Stack) -> Auditor {
    auditor_of(stored::client(stack), &stored::names(stack))
}

/// An auditor of tables by their names.
pub fn auditor_of(client: Client, names: &stores::TableNames) -> Auditor {
    let stores::TableNames { accounts, address_books, campaigns } = names.clone();
    Auditor::new(client, TableNames { accounts, address_books, campaigns })
}
