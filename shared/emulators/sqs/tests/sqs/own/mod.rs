//! Tests by family.

mod accounting;
mod fairness;
mod faults;
mod persistence;
mod serving;
mod waiting;
