//! Delivery reports of the sandbox in this process, which has no server that could call back.

use domain::ids::AccountName;
use providers::{About, Provider, Report, Submission, Submitted};
use queue::ReportTask;

use super::Worker;

impl Worker<'_> {
    /// Takes the reports that the provider's adapter makes for a call.
    pub(super) fn take_own_reports(
        &mut self,
        account: AccountName,
        provider: &dyn Provider,
        submission: &Submission,
        submitted: &Submitted,
    ) {
        let task = |report: Report| match report.about {
            About::Reference(message) => {
                let task = ReportTask::new(message, account, report.provider_message_id, report.receipt);
                Some(task.of_hand_over(report.times_put_off))
            }
            About::Numbers(_) => None,
        };
        let reports = provider.reports(submission, submitted);
        self.own_reports.extend(reports.into_iter().filter_map(task));
    }

    /// Queues these reports. They belong to a test deployment, so a failure only leaves messages `sent`.
    pub(super) async fn queue_own_reports(&mut self) {
        let reports = std::mem::take(&mut self.own_reports);
        if let Err(error) = self.dispatcher.queues.enqueue_reports(&reports).await {
            tracing::warn!(%error, "delivery reports of the sandbox were not queued");
        }
    }
}
