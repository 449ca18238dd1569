//! Tests by family.

mod accounting;
mod fairness;
mod faults;
mod owner;
mod persistence;
mod serving;
