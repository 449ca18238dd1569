//! `template.yaml` held against the code: what is deployed is what the code means. And documents against
//! the files that they name.
//!
//! What a linter can see is left to linters (`.ci/run`).

mod alarms;
mod concurrency;
mod configuration;
mod functions;
mod links;
mod pages;
mod queues;
mod roles;
mod tables;
