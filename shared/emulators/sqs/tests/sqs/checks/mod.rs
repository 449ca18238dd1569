//! What any SQS must do. Every check makes queues of its own.

pub mod attributes;
pub mod batches;
pub mod concurrency;
pub mod dead_letters;
pub mod queues;
pub mod receiving;
pub mod sending;
pub mod settling;
