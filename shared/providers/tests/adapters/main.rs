//! The adapters as the dispatcher uses them, over real sockets.

#![allow(clippy::unwrap_used, clippy::panic, reason = "the whole of this crate is tests")]

mod africastalking;
mod aws;
mod contract;
mod infobip;
mod raw_server;
mod sandbox;
mod subject;
mod twilio;
