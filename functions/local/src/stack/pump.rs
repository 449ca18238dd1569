//! Running a stack by hand: each call returns when its work is done.

use domain::lane::Lane;
use lambda_emulator::event_source::{EventSource, Polled};
use provider_emulators::sandbox;

use super::{error::StackError, queues::QueueName, system::Stack};

/// The messages that a drain moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Messages of the queues of batches.
    pub batches: Polled,
    /// Messages of the queues of reports.
    pub receipts: Polled,
}

impl Stack {
    /// Processes all queues until none has a visible message. Hidden messages (that a function delayed) are not waited
    /// for: [`Stack::depth`] counts them.
    ///
    /// # Errors
    /// If SQS does not answer. A function's failure is in the counts.
    pub async fn drain(&self) -> Result<Drained, StackError> {
        let mut drained = Drained::default();
        loop {
            let mut batches = Polled::default();
            for (lane, source) in Lane::ALL.into_iter().zip(&self.batches) {
                batches = sum(batches, self.exhaust(QueueName::Batches(lane), source).await?);
            }
            let receipts = self.exhaust(QueueName::Receipts, &self.receipts).await?;
            let receipts = sum(receipts, self.exhaust(QueueName::AwsEvents, &self.aws_events).await?);
            drained.batches = sum(drained.batches, batches);
            drained.receipts = sum(drained.receipts, receipts);
            if receipts.received + batches.received == 0 {
                return Ok(drained);
            }
        }
    }

    /// Invokes dispatch once for each queue of batches, with its messages; small sends first.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn poll_batches(&self) -> Result<Polled, StackError> {
        let mut moved = Polled::default();
        for lane in &self.batches {
            moved = sum(moved, lane.poll_once(0).await?);
        }
        Ok(moved)
    }

    /// Invokes receipts once with messages of the queue of reports.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn poll_receipts(&self) -> Result<Polled, StackError> {
        Ok(self.receipts.poll_once(0).await?)
    }

    /// Invokes receipts once with messages of the queue of AWS's events.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn poll_aws_events(&self) -> Result<Polled, StackError> {
        Ok(self.aws_events.poll_once(0).await?)
    }

    /// Runs the clock once; the batches that it enqueues stay in the queue.
    ///
    /// # Errors
    /// Those of the function.
    pub async fn tick(&self) -> Result<(), StackError> {
        self.schedule.fire().await?;
        Ok(())
    }

    /// Lets the sandbox send all due reports, and applies them.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn deliver_reports(&self) -> Result<sandbox::Delivered, StackError> {
        let delivered = self.sandbox.deliver_reports().await;
        self.exhaust(QueueName::Receipts, &self.receipts).await?;
        Ok(delivered)
    }

    /// Invokes the consumer of a queue until no message of it is visible. An embedded queue is not asked for messages
    /// that it does not have.
    async fn exhaust(&self, queue: QueueName, source: &EventSource) -> Result<Polled, StackError> {
        let mut moved = Polled::default();
        while self.embedded_depth(queue).is_none_or(|depth| depth.visible > 0) {
            let polled = source.poll_once(0).await?;
            if polled.received == 0 {
                break;
            }
            moved = sum(moved, polled);
        }
        Ok(moved)
    }
}

fn sum(a: Polled, b: Polled) -> Polled {
    Polled { received: a.received + b.received, deleted: a.deleted + b.deleted, failed: a.failed + b.failed }
}
