//! The Lambda host, driven as the local command drives it: real child processes with the real
//! Lambda runtime, real HTTP, a stock SQS client.

mod child;
mod embedded;
mod event_source;
mod fake_sqs;
mod front;
mod function;
mod gate;
mod http_client;
