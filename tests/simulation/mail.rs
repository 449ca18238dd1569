//! The two queues, in memory and at their worst: messages are lost, doubled, late, out of order, and
//! come back after they were deleted.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use domain::timestamp::{Millis, Timestamp};
use serde_json::{Value, json};

use crate::{chance::Chance, time::VirtualTime, wire::Backend};

/// The queue of batches.
pub const BATCHES: &str = "batches";
/// The queue of delivery reports.
pub const RECEIPTS: &str = "receipts";

/// How long a received message is hidden.
const VISIBILITY: Millis = Millis::from_mins(6);
/// Times that a batch's message is received before it is put aside.
const MAX_RECEIVES: u32 = 8;

/// The queues.
#[derive(Clone)]
pub struct Mail(Arc<Mutex<Boxes>>, VirtualTime);

struct Boxes {
    chance: Chance,
    /// How many of a thousand messages meet with each mishap.
    mishaps: u64,
    next: u64,
    sent: u64,
    letters: BTreeMap<u64, Letter>,
    deleted: Vec<(String, String)>,
}

struct Letter {
    queue: String,
    body: String,
    visible_at: Timestamp,
    receives: u32,
}

impl Mail {
    /// Empty queues, with the count of faults in a thousand messages.
    pub fn new(seed: u64, mishaps: u64, time: VirtualTime) -> Self {
        let chance = Chance::of(seed, "mail");
        let (letters, deleted) = (BTreeMap::new(), Vec::new());
        Self(Arc::new(Mutex::new(Boxes { chance, mishaps, next: 0, sent: 0, letters, deleted })), time)
    }

    /// No more mishaps.
    pub fn calm(&self) {
        self.0.lock().unwrap().mishaps = 0;
    }

    /// Up to `most` messages of a queue, in any order; `None` if none is visible.
    pub fn receive(&self, queue: &str, most: u64) -> Option<SqsEvent> {
        let now = self.1.now();
        let mut boxes = self.0.lock().unwrap();
        boxes.mishap(queue, now);
        let mut records = Vec::new();
        let visible = |(_, letter): &(&u64, &Letter)| letter.queue == queue && letter.visible_at <= now;
        let mut ids: Vec<u64> = boxes.letters.iter().filter(visible).map(|(id, _)| *id).collect();
        while (records.len() as u64) < most && !ids.is_empty() {
            let place = boxes.chance.below(ids.len() as u64) as usize;
            let id = ids.swap_remove(place);
            records.extend(boxes.take(id, now));
        }
        let mut event = SqsEvent::default();
        event.records = records;
        (!event.records.is_empty()).then_some(event)
    }

    /// Deletes what was worked off.
    pub fn acknowledge(&self, message_id: &str) {
        let mut boxes = self.0.lock().unwrap();
        if let Some(letter) = message_id.parse().ok().and_then(|id: u64| boxes.letters.remove(&id)) {
            boxes.deleted.push((letter.queue, letter.body));
        }
    }

    /// Lets a message that was not worked off come back sooner than its visibility would.
    pub fn give_back(&self, message_id: &str) {
        let now = self.1.now();
        let mut boxes = self.0.lock().unwrap();
        if let Some(letter) = message_id.parse().ok().and_then(|id: u64| boxes.letters.get_mut(&id)) {
            letter.visible_at = letter.visible_at.min(now.plus(Millis::from_secs(30)));
        }
    }

    /// A message comes, of any writer.
    #[cfg(test)]
    pub fn bring(&self, queue: &str, body: &str) {
        let now = self.1.now();
        self.0.lock().unwrap().put(queue, body, now);
    }

    /// Every message that ever was comes back.
    #[cfg(test)]
    pub fn bring_all_back(&self) {
        let now = self.1.now();
        let mut boxes = self.0.lock().unwrap();
        for (queue, body) in std::mem::take(&mut boxes.deleted) {
            boxes.put(&queue, &body, now);
        }
    }

    /// Messages that were ever sent, those that were lost among them.
    pub fn sent(&self) -> u64 {
        self.0.lock().unwrap().sent
    }

    /// Messages waiting.
    pub fn waiting(&self) -> usize {
        self.0.lock().unwrap().letters.len()
    }

    /// Bodies of everything that ever waited and was worked off, and of what waits.
    pub fn bodies(&self) -> Vec<String> {
        let boxes = self.0.lock().unwrap();
        let waiting = boxes.letters.values().map(|letter| letter.body.clone());
        waiting.chain(boxes.deleted.iter().map(|(_, body)| body.clone())).collect()
    }
}

impl Boxes {
    fn put(&mut self, queue: &str, body: &str, visible_at: Timestamp) {
        self.next += 1;
        let letter = Letter { queue: queue.to_owned(), body: body.to_owned(), visible_at, receives: 0 };
        self.letters.insert(self.next, letter);
    }

    fn send(&mut self, queue: &str, body: &str, now: Timestamp) {
        let mishaps = self.mishaps;
        // A batch's message is a hint that may be lost; a report that is lost was never made.
        if self.chance.comes(mishaps) && queue == BATCHES {
            return;
        }
        let late = if self.chance.comes(mishaps) { self.chance.secs(1, 240) } else { Duration::ZERO };
        self.put(queue, body, now.plus(Millis(late.as_millis() as i64)));
        if self.chance.comes(mishaps) {
            self.put(queue, body, now);
        }
    }

    /// A deleted message may come back.
    fn mishap(&mut self, queue: &str, now: Timestamp) {
        let mishaps = self.mishaps;
        if self.deleted.is_empty() || !self.chance.comes(mishaps / 4) {
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
        if let Some(letter) = self.letters.get_mut(&id) {
            letter.visible_at = now.plus(wait);
        }
    }

    fn take(&mut self, id: u64, now: Timestamp) -> Option<SqsMessage> {
        let stays_visible = self.chance.comes(self.mishaps);
        let letter = self.letters.get_mut(&id)?;
        letter.receives += 1;
        if letter.receives > MAX_RECEIVES && letter.queue == BATCHES {
            self.letters.remove(&id);
            return None;
        }
        letter.visible_at = if stays_visible { now.plus(Millis(1)) } else { now.plus(VISIBILITY) };
        let mut message = SqsMessage::default();
        message.message_id = Some(id.to_string());
        message.receipt_handle = Some(id.to_string());
        message.body = Some(letter.body.clone());
        let receives = ("ApproximateReceiveCount".to_owned(), letter.receives.to_string());
        message.attributes = [receives].into();
        Some(message)
    }
}

impl Backend for Mail {
    fn apply(&self, operation: &str, body: &[u8]) -> (u16, String) {
        let request: Value = serde_json::from_slice(body).unwrap();
        let queue = request["QueueUrl"].as_str().unwrap();
        let now = self.1.now();
        let mut boxes = self.0.lock().unwrap();
        match operation {
            "SendMessageBatch" => {
                let entries = request["Entries"].as_array().unwrap();
                boxes.sent += entries.len() as u64;
                let taken: Vec<Value> = entries
                    .iter()
                    .map(|entry| {
                        boxes.send(queue, entry["MessageBody"].as_str().unwrap(), now);
                        json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""})
                    })
                    .collect();
                (200, json!({"Successful": taken, "Failed": []}).to_string())
            }
            "ChangeMessageVisibility" => {
                boxes.hide(&request, now);
                (200, "{}".to_owned())
            }
            "ChangeMessageVisibilityBatch" => {
                let entries = request["Entries"].as_array().unwrap();
                let hidden: Vec<Value> = entries
                    .iter()
                    .map(|entry| {
                        boxes.hide(entry, now);
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
