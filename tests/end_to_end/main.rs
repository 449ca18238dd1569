//! The whole product through HTTP, real SDK clients and real emulators: one stack in memory for each test.
//!
//! Nothing runs by itself: a test processes the queues and runs the clock, so it never waits. Each call between the
//! functions and the emulators is judged by the function's role (`permissions`). `AWS_ENDPOINT_URL_DYNAMODB` and
//! `AWS_ENDPOINT_URL_SQS` run the same tests against any other endpoint. All of them also pass on ministack 1.5.33 (its
//! SQS differs only in features that these tests do not use: `shared/emulators/sqs/tests/sqs/conformance.rs` lists
//! them):
//!
//! ```text
//! python3 -m venv mini && mini/bin/pip install ministack==1.5.33
//! BIND_HOST=127.0.0.1 GATEWAY_PORT=45661 AWS_ENDPOINT_URL=http://127.0.0.1:45661 mini/bin/ministack &
//! export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:45661 AWS_ENDPOINT_URL_SQS=http://127.0.0.1:45661
//! AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 cargo test -p tests --test end_to_end
//! ```

mod a_worker;
mod accept;
mod access;
mod account;
mod accounts;
mod address_books;
mod africastalking;
mod again;
mod authentication;
mod aws;
mod bad_bodies;
mod bad_input;
mod called_back;
mod clients;
mod clock;
mod contacts;
mod control;
mod costs;
mod damage;
mod dispatch;
mod failover;
mod game_day;
mod idempotency;
mod import_cases;
mod imports;
mod infobip;
mod limits;
mod logs;
mod money;
mod network_opt_outs;
mod number_types;
mod paging;
mod permissions;
mod persons;
mod privacy;
mod provider_routes;
mod reference;
mod reports;
mod retention;
mod routes;
mod stops;
mod target;
mod tenancy;
mod tracking;
mod turns;
mod twilio;
