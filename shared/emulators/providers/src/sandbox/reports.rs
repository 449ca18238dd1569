//! The reports that are due, and their delivery.
//!
//! Reports are sent only on request: a test calls [`Server::deliver_reports`], which returns when they are
//! answered; `cargo run` keeps [`Server::deliver_continuously`] running.

use std::time::Duration;

use bytes::Bytes;
use domain::receipt::Reported;
use http::{Request, header::CONTENT_TYPE};
use providers::sandbox::{
    receipt::SIGNATURE_HEADER,
    rules::{NETWORK, report_code},
    wire::{ReportLine, ReportStatus, ReportsBody},
};
use tracing::warn;

use super::{
    report_queue::{Due, ReceiptsTarget, message_id},
    server::Server,
};

/// Longest wait for the answer to a callback.
const CALLBACK_TIMEOUT: Duration = Duration::from_secs(10);
/// Wait between a message and its report, and between two tries of a report, of continuous delivery.
const PAUSE: Duration = Duration::from_millis(500);
/// The outcome of a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Reports that were answered with a success.
    pub delivered: usize,
    /// Reports that are still due, because their callback failed.
    pub left: usize,
}

impl Server {
    /// Sends all reports that are due, in order, and returns when they are answered. Stops at the first
    /// callback that fails: its reports stay due.
    pub async fn deliver_reports(&self) -> Delivered {
        let mut delivered = 0;
        while let Some((target, reports)) = self.take_due() {
            if !self.call_back(&target, &reports).await {
                self.state().reports.put_back(reports);
                break;
            }
            delivered += reports.len();
        }
        Delivered { delivered, left: self.reports_due() }
    }

    /// Sends reports shortly after they fall due, and tries again those that fail, until it is dropped.
    pub async fn deliver_continuously(&self) {
        loop {
            self.shared.due.notified().await;
            while self.state().target.is_some() && self.reports_due() > 0 {
                tokio::time::sleep(PAUSE).await;
                self.deliver_reports().await;
            }
        }
    }

    fn take_due(&self) -> Option<(ReceiptsTarget, Vec<Due>)> {
        let mut state = self.state();
        let target = state.target.clone()?;
        let reports = state.reports.take();
        (!reports.is_empty()).then_some((target, reports))
    }

    async fn call_back(&self, target: &ReceiptsTarget, reports: &[Due]) -> bool {
        let reports = reports.iter().map(|due| self.line(due)).collect();
        // Names and words always have a JSON form.
        let body = serde_json::to_vec(&ReportsBody { reports }).unwrap_or_default();
        let request = Request::post(target.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(SIGNATURE_HEADER, target.secret.sign(&body))
            .body(Bytes::from(body));
        let Ok(request) = request else { return false };
        match self.shared.client.send(request, CALLBACK_TIMEOUT).await {
            Ok(answer) if answer.status().is_success() => true,
            Ok(answer) => {
                warn!(status = answer.status().as_u16(), "reports were not taken");
                false
            }
            Err(error) => {
                warn!(%error, "reports could not be delivered");
                false
            }
        }
    }

    fn line(&self, due: &Due) -> ReportLine {
        let status = match due.reported {
            Reported::InTransit => ReportStatus::InTransit,
            Reported::Undelivered => ReportStatus::Undelivered,
            Reported::Delivered => ReportStatus::Delivered,
        };
        ReportLine {
            reference: due.reference.to_string(),
            id: message_id(self.shared.started, due.number),
            status,
            code: report_code(due.reported).map(str::to_owned),
            network: Some(NETWORK.to_owned()),
        }
    }
}
