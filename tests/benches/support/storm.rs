//! Reports of a campaign that come in random order, repeated and contradicting, and what the set of them comes to by a
//! rule of this file's own.

use domain::{
    batch::BatchState,
    delivery::DeliveryStatus,
    ids::{BatchNumber, Slot},
    keys::MessageKey,
    receipt::{DeliveryReceipt, Reported},
};
use providers::africastalking;
use queue::ReportTask;

use super::{
    campaign::{self, Sent},
    measured_stack::MeasuredStack,
    random::{scatter, shuffle},
};

/// Intervals: one of this many reports is repeated, one of this many is contradicted.
const REPEATED: u64 = 5;
const CONTRADICTED: u64 = 20;
/// Intervals: one of this many recipients is finally undelivered, one of this many never gets a final report.
const UNDELIVERED: u64 = 10;
const IN_TRANSIT: u64 = 33;
/// Messages of one call to SQS.
const TASKS_A_CALL: usize = 1_000;

/// The reports of a campaign.
pub struct Storm {
    pub tasks: Vec<ReportTask>,
    /// Expected statuses by batch and slot.
    expected: Vec<Vec<DeliveryStatus>>,
}

impl Storm {
    /// The reports of a campaign whose recipients were handed over.
    pub async fn of(measured: &MeasuredStack, sent: &Sent) -> Self {
        let (mut tasks, mut expected) = (Vec::new(), Vec::new());
        let mut place = 0;
        for (batch, ids) in campaign::ids_by_batch(measured, sent).await.into_iter().enumerate() {
            let mut statuses = Vec::with_capacity(ids.len());
            for (slot, id) in ids.into_iter().enumerate() {
                let message = sent.campaign.batch(batch as BatchNumber).message(slot as Slot);
                let said = reports(place);
                statuses.push(status_of(&said));
                tasks.extend(said.into_iter().map(|said| task(message, id.clone(), said)));
                place += 1;
            }
            expected.push(statuses);
        }
        shuffle(&mut tasks);
        Self { tasks, expected }
    }

    /// Queues all of them.
    pub async fn queue(&self, measured: &MeasuredStack) {
        for call in self.tasks.chunks(TASKS_A_CALL) {
            measured.stack.queues().enqueue_reports(call).await.expect("the queue answers");
        }
    }

    /// Panics unless every recipient has the status that the set of reports says.
    pub async fn hold(&self, measured: &MeasuredStack, sent: &Sent) {
        let campaigns = &measured.stack.stores().campaigns;
        for (batch, expected) in (0..).zip(&self.expected) {
            let record = campaigns.batch(sent.campaign.batch(batch)).await.expect("the table answers");
            let record = record.expect("the batch is stored");
            assert_eq!(record.head.state, BatchState::Closed, "batch {batch}");
            let statuses: Vec<DeliveryStatus> = record.statuses().collect();
            assert_eq!(&statuses, expected, "batch {batch}");
        }
        let header = campaigns.header(sent.campaign).await.expect("the table answers").expect("it is stored");
        let count = |status| self.expected.iter().flatten().filter(|of| **of == status).count() as i64;
        let counts = (header.counts.delivered, header.counts.undelivered);
        assert_eq!(counts, (count(DeliveryStatus::Delivered), count(DeliveryStatus::Undelivered)));
    }
}

/// The reports of a recipient, with repetitions and contradictions.
fn reports(recipient: u64) -> Vec<Reported> {
    let drawn = scatter(recipient);
    let is_one_in = |every: u64, salt: u64| scatter(drawn ^ salt).is_multiple_of(every);
    let last = match () {
        () if is_one_in(IN_TRANSIT, 1) => Reported::InTransit,
        () if is_one_in(UNDELIVERED, 2) => Reported::Undelivered,
        () => Reported::Delivered,
    };
    let mut said = vec![last];
    if is_one_in(REPEATED, 3) {
        said.push(last);
    }
    if is_one_in(CONTRADICTED, 4) {
        said.push(if last == Reported::Delivered { Reported::Undelivered } else { Reported::Delivered });
    }
    said
}

/// The rule, apart from the product's: a delivery is proof, even beside contradicting reports.
fn status_of(said: &[Reported]) -> DeliveryStatus {
    match said {
        said if said.contains(&Reported::Delivered) => DeliveryStatus::Delivered,
        said if said.contains(&Reported::Undelivered) => DeliveryStatus::Undelivered,
        _ => DeliveryStatus::Sent,
    }
}

fn task(message: MessageKey, id: Option<String>, said: Reported) -> ReportTask {
    let code = (said == Reported::Undelivered).then_some("AbsentSubscriber");
    let receipt = DeliveryReceipt::new(said, code, Some("63902"));
    ReportTask::new(message, africastalking::KIND.account(), id, receipt).found_by_number(Vec::new())
}
