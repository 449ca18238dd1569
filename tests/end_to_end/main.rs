//! The whole product through HTTP, real SDK clients and real emulators: one stack in memory per test.
//!
//! Nothing runs by itself: a test pumps the queues and the clock, and so waits for nothing but what it
//! asked for. `AWS_ENDPOINT_URL_DYNAMODB` and `AWS_ENDPOINT_URL_SQS` run the same tests against any other
//! endpoint.

mod accept;
mod account;
mod address_books;
mod authentication;
mod bad_input;
mod clock;
mod control;
mod dispatch;
mod idempotency;
mod limits;
mod network_opt_outs;
mod privacy;
mod reports;
mod tracking;
