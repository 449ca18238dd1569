//! Queued reports, offered to the messages that they may be about.
//!
//! A reference that the provider echoes names the message. A report that was found by its number is offered
//! to every campaign that sent to that number, and goes to the one whose journal has its id. If none
//! has it, campaigns that were accepted since are asked too. An id that no journal has belongs to the one
//! hand-over of that number whose answer was lost, if there is exactly one; while a hand-over of that
//! number is under way, this cannot be decided, and the report comes back soon.

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use domain::{keys::MessageKey, receipt::MatchedBy, timestamp::Timestamp};
use locator::Found;
use platform::telemetry;
use providers::aws;
use queue::{Received, ReportQueue};

use crate::{
    aws_event,
    offer::Offers,
    receipts::Receipts,
    report::{Delivery, Offer, Report},
};

/// The attribute with which SQS says how often a message was received.
const RECEIVE_COUNT: &str = "ApproximateReceiveCount";

/// Applies the reports of an event; returns the messages that must be received again.
pub async fn apply(receipts: &Receipts, event: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
    let mut response = SqsBatchResponse::default();
    let (mut reports, newer) = read(receipts, event);
    newer.into_iter().for_each(|id| response.add_failure(id));
    let offers = Offers { receipts, deadline };
    let named = reports.iter().enumerate().flat_map(|(report, Report { task, .. })| {
        let matched_by = if task.is_found_by_number() { MatchedBy::Id } else { MatchedBy::Recipient };
        task.messages().map(move |message| Offer { report, message, matched_by })
    });
    offers.make(named.collect(), &mut reports).await;
    let (found, beyond) = find_more(&offers, &mut reports).await;
    offers.make(found, &mut reports).await;
    let orphaned = reports.iter().enumerate().filter(|(_, report)| report.is_undecided());
    let orphaned = orphaned.filter_map(|(report, Report { orphans, .. })| match **orphans {
        [message] => Some(Offer { report, message, matched_by: MatchedBy::Recipient }),
        _ => None,
    });
    offers.make(orphaned.collect(), &mut reports).await;
    note_unfound(receipts, &reports, beyond);
    hasten(receipts, &reports).await;
    let come_back = reports.into_iter().filter(Report::comes_back);
    come_back.for_each(|report| response.add_failure(report.delivery.message_id));
    response
}

/// Makes early reports visible again soon. If that fails, they come back after the queue's own time.
async fn hasten(receipts: &Receipts, reports: &[Report]) {
    for queue in [ReportQueue::Receipts, ReportQueue::AwsEvents] {
        let of_queue = reports.iter().filter(|report| report.delivery.queue == queue);
        let early = of_queue.filter_map(|report| {
            Some((report.delivery.receipt_handle.clone()?, report.hastened()?.secs_rounded_up()))
        });
        let early: Vec<(String, i64)> = early.collect();
        if let Err(error) = receipts.queues.delay_reports(queue, &early).await {
            tracing::warn!(%error, "early reports come back after the queue's own time");
        }
    }
}

/// Counts reports that no message took, if there are older campaigns than those that are looked through.
fn note_unfound(receipts: &Receipts, reports: &[Report], beyond: usize) {
    let is_unfound = |report: &&Report| report.is_undecided() && report.task.is_found_by_number();
    let unfound = reports.iter().filter(is_unfound).count() as i64;
    if beyond == 0 || unfound == 0 {
        return;
    }
    tracing::warn!(
        campaigns = beyond,
        reports = unfound,
        "reports were not looked for in the oldest campaigns"
    );
    let counts = [(telemetry::UNSEARCHED_REPORTS, unfound)];
    telemetry::metrics(receipts.clock.now().millis(), crate::FUNCTION, &counts);
}

/// Messages of campaigns that the callback has not looked through, for reports that no message has taken; and the number
/// of older campaigns that are not looked through at all.
async fn find_more(offers: &Offers<'_>, reports: &mut [Report]) -> (Vec<Offer>, usize) {
    // An early report may be about an older campaign, which the callback has not looked through.
    let lost = |report: &Report| report.is_untaken() && report.task.is_found_by_number();
    if !reports.iter().any(lost) {
        return (Vec::new(), 0);
    }
    let locator = &offers.receipts.locator;
    locator.forget_list();
    let (mut found, mut left_out) = (Vec::new(), 0);
    for (place, report) in reports.iter_mut().enumerate().filter(|(_, report)| lost(report)) {
        if offers.is_too_late() {
            report.put_off();
            continue;
        }
        let named: Vec<MessageKey> = report.task.messages().collect();
        match locator.find_more(report.task.account, &named).await {
            Ok(Found { messages, hidden, beyond }) => {
                left_out = beyond;
                let offer = |message| Offer { report: place, message, matched_by: MatchedBy::Id };
                found.extend(messages.into_iter().map(offer));
                // The report may be about a hidden message: unless another message takes it, the hidden one is asked
                // again.
                if hidden.is_some() {
                    report.put_off();
                }
            }
            Err(error) => {
                let campaign = report.task.message.batch.campaign;
                telemetry::campaign(campaign).in_scope(|| tracing::error!(%error, "a report was left"));
                report.put_off();
            }
        }
    }
    (found, left_out)
}

/// Reads the queue messages: the reports, and the ids of messages that a newer version has to read.
fn read(receipts: &Receipts, event: SqsEvent) -> (Vec<Report>, Vec<String>) {
    let (mut reports, mut newer) = (Vec::new(), Vec::new());
    let now = receipts.clock.now();
    for message in event.records {
        let SqsMessage { message_id, receipt_handle, body, attributes, .. } = message;
        let receives = attributes.get(RECEIVE_COUNT).and_then(|count| count.parse().ok());
        let delivery = |queue, message_id| Delivery {
            queue,
            message_id,
            receipt_handle,
            receives: receives.unwrap_or(1),
        };
        if let Some(event) = body.as_deref().filter(|body| aws::receipt::is_event(body)) {
            let delivery = delivery(ReportQueue::AwsEvents, message_id.unwrap_or_default());
            reports.extend(aws_event::read(delivery, event, now));
            continue;
        }
        match queue::receive(crate::FUNCTION, message_id, body.as_deref(), now) {
            Received::Task { message_id, task } => {
                reports.push(Report::new(delivery(ReportQueue::Receipts, message_id), task));
            }
            Received::Newer { message_id } => newer.push(message_id),
            Received::Poison => {}
        }
    }
    (reports, newer)
}
