//! Compares `template.yaml` with the code, and documents with the files, commands and names that they mention.
//!
//! Checks that a linter can make are left to linters (`.ci/run`).

mod alarms;
mod concurrency;
mod configuration;
mod figures;
mod functions;
mod links;
mod manifests;
mod pages;
mod queues;
mod roles;
mod tables;
mod words;
