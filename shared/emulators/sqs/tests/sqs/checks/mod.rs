//! Checks that any SQS must pass. Every check creates its own queues.

pub mod attributes;
pub mod batches;
pub mod concurrency;
pub mod dead_letters;
pub mod queues;
pub mod receiving;
pub mod sending;
pub mod settling;
