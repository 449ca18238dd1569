//! The queues: batches to dispatch, one queue for each [lane](domain::lane), and delivery reports to apply.
//!
//! A message is versioned, tagged and has ids only. Its receiver reads the tables, so a lost, doubled, late or
//! reordered message costs time and nothing else. No phone number and no text is ever in these queues. (AWS's events
//! about texts have a queue of their own, and AWS puts the number into them: `functions/receipts/src/aws_event.rs`.)

mod client;
mod receive;
mod task;

pub use client::{QueueError, QueueUrls, Queues, ReportQueue, SERVICE, Sqs};
pub use receive::{Received, receive, record_poison};
pub use task::{BatchTask, FORM, PoisonError, ReportTask, Task, decode};
