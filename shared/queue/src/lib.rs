//! The queues: batches to be dispatched, one for each [lane](domain::lane), and delivery reports to be applied.
//!
//! A message is a hint: versioned, tagged, ids only. Its receiver reads the truth from the
//! tables, so that a lost, doubled, late or reordered message changes nothing but time. No phone
//! number and no text is ever in these queues. (AWS's events of texts have a queue of their own, in which AWS puts them with
//! the number: `functions/receipts/src/aws_event.rs`.)

mod client;
mod receive;
mod task;

pub use client::{QueueError, QueueUrls, Queues, SERVICE, Sqs};
pub use receive::{Received, receive, record_poison};
pub use task::{BatchTask, FORM, PoisonError, ReportTask, Task, decode};
