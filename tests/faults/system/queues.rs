//! The queues between the functions, controlled step by step like the event sources: receive, invoke, delete the
//! processed messages. Their time is the clock's.

use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::types::Message;
use domain::timestamp::Millis;

use super::{FaultSystem, UnlessKilled, WORKER_TIME};

/// Messages of one receive.
const MESSAGES_PER_CALL: i32 = 10;
/// More deliveries than this mean that a message never ends.
const MOST_DELIVERIES: usize = 500;
/// Runs of the clock that the longest of these campaigns may need to end.
const MOST_LOOKS: usize = 80;
/// The time between two runs: longer than the time between two checks of a campaign.
const BETWEEN_LOOKS: Millis = Millis::from_mins(3);
/// Past every time that a message is hidden.
const VISIBLE_AGAIN: Millis = Millis::from_mins(13);

/// A queue with its consumer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Queue {
    Batches,
    Receipts,
}

impl Queue {
    const fn name(self) -> &'static str {
        match self {
            Self::Batches => "batches",
            Self::Receipts => "receipts",
        }
    }
}

impl FaultSystem<'_> {
    /// Lets time pass, for the system and for its messages.
    pub fn pass(&self, span: Millis) {
        self.clock.advance(span);
        let span = Duration::from_millis(span.0.unsigned_abs());
        self.emulators.embedded_sqs.skip(span).unwrap();
    }

    /// Invokes the consumer once with the messages of a receive; returns their number.
    pub async fn deliver(&self, queue: Queue) -> usize {
        let messages = self.receive(queue, None).await;
        if !messages.is_empty()
            && let UnlessKilled::Ended(response) = self.until_killed(self.invoke(queue, &messages)).await
        {
            self.delete_done(queue, &messages, &response).await;
        }
        messages.len()
    }

    /// Processes both queues until neither has a visible message.
    pub async fn drain(&self) {
        for _ in 0..MOST_DELIVERIES {
            if self.deliver(Queue::Batches).await + self.deliver(Queue::Receipts).await == 0 {
                return;
            }
        }
        panic!("messages run in circles");
    }

    /// Runs the clock and the queues until every campaign has ended and no message is left. Only this continues the
    /// work of a crashed process.
    pub async fn settle(&self) {
        for _ in 0..MOST_LOOKS {
            self.proxy().apply_late_calls().await;
            let have_ended = self.have_ended().await;
            if have_ended && self.emulators.messages() == 0 {
                return;
            }
            // After the end of the campaigns only messages are left that were never deleted.
            self.pass(if have_ended { VISIBLE_AGAIN } else { BETWEEN_LOOKS });
            self.tick().await;
            self.drain().await;
        }
        panic!(
            "it never comes to rest: {} messages, {:?}",
            self.emulators.messages(),
            self.campaigns().await
        );
    }

    async fn have_ended(&self) -> bool {
        self.campaigns().await.iter().all(|campaign| campaign.finished_at.is_some())
    }

    /// Receives messages, hidden for the queue's own timeout or another.
    pub async fn receive(&self, queue: Queue, hidden_secs: Option<i32>) -> Vec<Message> {
        // A receive of an empty queue costs as much as a call of a table.
        if self.emulators.depth(queue.name()) == 0 {
            return Vec::new();
        }
        let request = self.emulators.sqs.receive_message().queue_url(self.url(queue));
        let request = request.max_number_of_messages(MESSAGES_PER_CALL).set_visibility_timeout(hidden_secs);
        request.send().await.unwrap().messages.unwrap_or_default()
    }

    /// Loses every message that can be received now.
    pub async fn lose_messages(&self, queue: Queue) {
        loop {
            let messages = self.receive(queue, None).await;
            if messages.is_empty() {
                return;
            }
            self.delete_done(queue, &messages, &SqsBatchResponse::default()).await;
        }
    }

    /// Makes dead letters of the batches' messages, as if each had been received too often.
    pub async fn bury_batches(&self) {
        let dead = format!("{}-dead", self.url(Queue::Batches));
        let messages = self.receive(Queue::Batches, None).await;
        for message in &messages {
            let body = message.body.clone();
            self.emulators.sqs.send_message().queue_url(&dead).set_message_body(body).send().await.unwrap();
        }
        self.delete_done(Queue::Batches, &messages, &SqsBatchResponse::default()).await;
    }

    /// Counts the present dead letters as delivered as often as possible.
    pub fn note_dead_letters(&self) {
        self.because(|reasons| reasons.dead_lettered(self.emulators.dead_messages() as u64));
    }

    /// Invokes a queue's consumer once.
    pub async fn invoke(&self, queue: Queue, messages: &[Message]) -> SqsBatchResponse {
        self.because(|reasons| reasons.delivered(messages.len() as u64));
        let event: SqsEvent = event(messages);
        let deadline = self.clock.now().plus(WORKER_TIME).millis().unsigned_abs();
        let deadline = SystemTime::UNIX_EPOCH + Duration::from_millis(deadline);
        match queue {
            Queue::Batches => self.dispatcher.dispatch(event, deadline).await,
            Queue::Receipts => self.receipts.apply(event, deadline).await,
        }
    }

    async fn delete_done(&self, queue: Queue, messages: &[Message], response: &SqsBatchResponse) {
        let failed = |message: &Message| {
            let id = message.message_id.as_deref();
            response.batch_item_failures.iter().any(|failure| Some(failure.item_identifier.as_str()) == id)
        };
        for message in messages.iter().filter(|message| !failed(message)) {
            let handle = message.receipt_handle.clone();
            let request = self.emulators.sqs.delete_message().queue_url(self.url(queue));
            request.set_receipt_handle(handle).send().await.unwrap();
        }
    }

    fn url(&self, queue: Queue) -> &str {
        match queue {
            Queue::Batches => &self.emulators.urls.batches,
            Queue::Receipts => &self.emulators.urls.receipts,
        }
    }
}

fn event(messages: &[Message]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages
        .iter()
        .map(|message| {
            let mut record = SqsMessage::default();
            record.message_id = message.message_id.clone();
            record.receipt_handle = message.receipt_handle.clone();
            record.body = message.body.clone();
            record
        })
        .collect();
    event
}
