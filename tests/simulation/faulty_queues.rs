//! The two queues, in memory and with faults: messages are lost, doubled, late, out of order, and come back after they
//! were deleted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::timestamp::{Millis, Timestamp};
use serde_json::{Value, json};

use crate::{chance::Chance, time::VirtualTime, wire::Backend};

pub const BATCHES: &str = "batches";
/// The queue of delivery reports.
pub const RECEIPTS: &str = "receipts";

/// How long a received message is hidden.
const VISIBILITY: Millis = Millis::from_mins(6);
/// Receives of a batch's message before it is moved to the dead-letter queue.
const MAX_RECEIVES: u32 = 8;

#[derive(Clone)]
pub struct FaultyQueues(Arc<Mutex<QueuesState>>, VirtualTime);

struct QueuesState {
    chance: Chance,
    /// How many of a thousand messages have each fault.
    message_faults: u64,
    next: u64,
    sent: u64,
    messages: BTreeMap<u64, QueuedMessage>,
    deleted: Vec<(String, String)>,
}

struct QueuedMessage {
    queue: String,
    body: String,
    visible_at: Timestamp,
    receives: u32,
}

impl FaultyQueues {
    /// Empty queues, with the count of faults in a thousand messages.
    pub fn new(seed: u64, message_faults: u64, time: VirtualTime) -> Self {
        let chance = Chance::of(seed, "faulty queues");
        let (messages, deleted) = (BTreeMap::new(), Vec::new());
        Self(
            Arc::new(Mutex::new(QueuesState { chance, message_faults, next: 0, sent: 0, messages, deleted })),
            time,
        )
    }

    /// No more message_faults.
    pub fn calm(&self) {
        self.0.lock().unwrap().message_faults = 0;
    }

    /// Up to `most` messages of a queue, in any order; `None` if none is visible.
    pub fn receive(&self, queue: &str, most: u64) -> Option<SqsEvent> {
        let now = self.1.now();
        let mut state = self.0.lock().unwrap();
        state.message_fault(queue, now);
        let mut records = Vec::new();
        let visible =
            |(_, queued): &(&u64, &QueuedMessage)| queued.queue == queue && queued.visible_at <= now;
        let mut ids: Vec<u64> = state.messages.iter().filter(visible).map(|(id, _)| *id).collect();
        while (records.len() as u64) < most && !ids.is_empty() {
            let place = state.chance.below(ids.len() as u64) as usize;
            let id = ids.swap_remove(place);
            records.extend(state.take(id, now));
        }
        let mut event = SqsEvent::default();
        event.records = records;
        (!event.records.is_empty()).then_some(event)
    }

    /// Deletes a processed message.
    pub fn acknowledge(&self, message_id: &str) {
        let mut state = self.0.lock().unwrap();
        if let Some(queued) = message_id.parse().ok().and_then(|id: u64| state.messages.remove(&id)) {
            state.deleted.push((queued.queue, queued.body));
        }
    }

    /// Makes a message that was not processed visible before its timeout.
    pub fn give_back(&self, message_id: &str) {
        let now = self.1.now();
        let mut state = self.0.lock().unwrap();
        if let Some(queued) = message_id.parse().ok().and_then(|id: u64| state.messages.get_mut(&id)) {
            queued.visible_at = queued.visible_at.min(now.plus(Millis::from_secs(30)));
        }
    }

    /// Adds a message of any writer.
    #[cfg(test)]
    pub fn bring(&self, queue: &str, body: &str) {
        let now = self.1.now();
        self.0.lock().unwrap().put(queue, body, now);
    }

    /// Adds every deleted message again.
    #[cfg(test)]
    pub fn bring_all_back(&self) {
        let now = self.1.now();
        let mut state = self.0.lock().unwrap();
        for (queue, body) in std::mem::take(&mut state.deleted) {
            state.put(&queue, &body, now);
        }
    }

    /// Messages that were ever sent, those that were lost among them.
    pub fn sent(&self) -> u64 {
        self.0.lock().unwrap().sent
    }

    /// Messages waiting.
    pub fn waiting(&self) -> usize {
        self.0.lock().unwrap().messages.len()
    }

    /// The bodies of all messages, deleted ones included.
    pub fn bodies(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let waiting = state.messages.values().map(|queued| queued.body.clone());
        waiting.chain(state.deleted.iter().map(|(_, body)| body.clone())).collect()
    }
}

impl QueuesState {
    fn put(&mut self, queue: &str, body: &str, visible_at: Timestamp) {
        self.next += 1;
        let queued =
            QueuedMessage { queue: queue.to_owned(), body: body.to_owned(), visible_at, receives: 0 };
        self.messages.insert(self.next, queued);
    }

    fn send(&mut self, queue: &str, body: &str, now: Timestamp) {
        let message_faults = self.message_faults;
        // A batch's message may be lost; a lost report would be the provider's loss.
        if self.chance.comes(message_faults) && queue == BATCHES {
            return;
        }
        let late = if self.chance.comes(message_faults) { self.chance.secs(1, 240) } else { Duration::ZERO };
        self.put(queue, body, now.plus(Millis(late.as_millis() as i64)));
        if self.chance.comes(message_faults) {
            self.put(queue, body, now);
        }
    }

    /// May add a deleted message again.
    fn message_fault(&mut self, queue: &str, now: Timestamp) {
        let message_faults = self.message_faults;
        if self.deleted.is_empty() || !self.chance.comes(message_faults / 4) {
            return;
        }
        let place = self.chance.below(self.deleted.len() as u64) as usize;
        let (from, body) = self.deleted[place].clone();
        if from == queue {
            self.put(queue, &body, now);
        }
    }

    /// Changes the visibility of the message that a request names.
    fn hide(&mut self, request: &Value, now: Timestamp) {
        let id: u64 = request["ReceiptHandle"].as_str().unwrap().parse().unwrap();
        let wait = Millis::from_secs(request["VisibilityTimeout"].as_i64().unwrap());
        if let Some(queued) = self.messages.get_mut(&id) {
            queued.visible_at = now.plus(wait);
        }
    }

    fn take(&mut self, id: u64, now: Timestamp) -> Option<SqsMessage> {
        let stays_visible = self.chance.comes(self.message_faults);
        let queued = self.messages.get_mut(&id)?;
        queued.receives += 1;
        if queued.receives > MAX_RECEIVES && queued.queue == BATCHES {
            self.messages.remove(&id);
            return None;
        }
        queued.visible_at = if stays_visible { now.plus(Millis(1)) } else { now.plus(VISIBILITY) };
        let mut message = SqsMessage::default();
        message.message_id = Some(id.to_string());
        message.receipt_handle = Some(id.to_string());
        message.body = Some(queued.body.clone());
        let receives = ("ApproximateReceiveCount".to_owned(), queued.receives.to_string());
        message.attributes = [receives].into();
        Some(message)
    }
}

impl Backend for FaultyQueues {
    fn apply(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let request: Value = serde_json::from_slice(body).unwrap();
        let queue = request["QueueUrl"].as_str().unwrap();
        let now = self.1.now();
        let mut state = self.0.lock().unwrap();
        match operation {
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().unwrap();
                state.sent += entries.len() as u64;
                let taken: Vec<Value> = entries
                    .iter()
                    .map(|entry| {
                        state.send(queue, entry["MessageBody"].as_str().unwrap(), now);
                        json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""})
                    })
                    .collect();
                (200, json!({"Successful": taken, "Failed": []}).to_string())
            }
            "ChangeMessageVisibility" => {
                state.hide(&request, now);
                (200, "{}".to_owned())
            }
            "ChangeMessageVisibilityBatch" => {
                let entries = request["Entries"].as_array().unwrap();
                let hidden: Vec<Value> = entries
                    .iter()
                    .map(|entry| {
                        state.hide(entry, now);
                        json!({"Id": entry["Id"]})
                    })
                    .collect();
                (200, json!({"Successful": hidden, "Failed": []}).to_string())
            }
            other => panic!("the simulation does not know {other}"),
        }
    }

    fn leave_over(&self, request: &mut Value) -> Option<(&'static str, Value)> {
        let entries = request["Entries"].as_array_mut().filter(|entries| !entries.is_empty())?;
        let left = entries.remove(0);
        let failed = json!({"Id": left["Id"], "SenderFault": false, "Code": "InternalError"});
        Some(("Failed", json!([failed])))
    }
}
