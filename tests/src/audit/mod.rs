//! The product's auditor, with evidence that only tests have: the messages that a provider took, and the
//! calls that reached tables and queues.

mod call_log;
mod calls;
mod provider;
mod provider_truth;
mod verdict;

use auditor::{AuditError, Auditor, Options, Report, TableNames};
use aws_sdk_dynamodb::Client;
use local::stack::Stack;
use provider_emulators::sandbox::Server;

use crate::{World, stored};

pub use call_log::CallLog;
pub use provider_truth::ProviderTruth;
pub use verdict::{Rule, Verdict};

/// Messages of one page of the inbox.
const PAGE: usize = 1_000;

/// Evidence from outside of the tables.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The messages that the provider took, if known.
    pub provider: Option<ProviderTruth>,
    /// The calls that the functions made, if known.
    pub calls: Option<CallLog>,
}

impl From<ProviderTruth> for Evidence {
    fn from(truth: ProviderTruth) -> Self {
        Self { provider: Some(truth), calls: None }
    }
}

impl From<CallLog> for Evidence {
    fn from(log: CallLog) -> Self {
        Self { provider: None, calls: Some(log) }
    }
}

/// Audits the stored items, and judges them by the evidence. The system must be idle.
///
/// # Errors
/// As [`Auditor::audit`].
pub async fn judge(
    auditor: &Auditor,
    options: Options,
    evidence: impl Into<Evidence>,
) -> Result<Verdict, AuditError> {
    let organisation = options.organisation.clone();
    let (report, campaigns) = auditor.audit_with_campaigns(options).await?;
    let mut verdict = Verdict { report, contradictions: Vec::new() };
    let Evidence { provider, calls } = evidence.into();
    if let Some(truth) = provider {
        provider::judge(&truth, &campaigns, organisation.as_deref(), &mut verdict);
    }
    if let Some(log) = calls {
        calls::judge(&log, &campaigns, &mut verdict);
    }
    verdict.contradictions.sort();
    Ok(verdict)
}

impl World {
    /// Asserts that the stored items of all organisations agree with each other and with the messages that the provider
    /// took, and that no function made a call that its role does not allow.
    pub async fn audit(&self) {
        let denials = self.permissions.denials();
        assert!(denials.is_empty(), "{denials:#?}");
        let verdict = self.judged(self.taken()).await;
        assert!(verdict.is_clean(), "{verdict}");
    }

    /// Audits all organisations, without evidence.
    pub async fn audited(&self) -> Report {
        auditor(&self.stack).audit(self.everything()).await.expect("the tables answer")
    }

    /// Audits all organisations, with evidence.
    pub async fn judged(&self, evidence: impl Into<Evidence>) -> Verdict {
        judge(&auditor(&self.stack), self.everything(), evidence).await.expect("the tables answer")
    }

    fn everything(&self) -> Options {
        Options { now_millis: self.now().millis(), organisation: None }
    }

    /// The messages that the sandbox took, by their references.
    pub fn taken(&self) -> ProviderTruth {
        let mut truth = ProviderTruth::new();
        add_taken(&mut truth, self.stack.sandbox());
        truth
    }
}

/// Adds the messages that a sandbox took, by their references.
pub fn add_taken(truth: &mut ProviderTruth, sandbox: &Server) {
    for page in 1.. {
        let page = sandbox.inbox(page, PAGE, None);
        for message in &page.results {
            let number = message.to.trim_start_matches('+').parse().expect("a number");
            truth.took(&message.reference, number);
        }
        if page.results.len() < PAGE {
            break;
        }
    }
}

/// Whether a request to this path may enqueue a campaign's batches.
pub fn is_order(path: &str) -> bool {
    ["/send-group/", "/cancel/", "/resume/"].iter().any(|end| path.ends_with(end))
}

/// An auditor of a stack's tables.
pub fn auditor(stack: &Stack) -> Auditor {
    auditor_of(stored::client(stack), &stored::names(stack))
}

pub fn auditor_of(client: Client, names: &stores::TableNames) -> Auditor {
    let stores::TableNames { accounts, address_books, campaigns } = names.clone();
    Auditor::new(client, TableNames { accounts, address_books, campaigns })
}
