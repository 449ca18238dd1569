//! The rules, on values alone: no table, no clock.

pub mod batch;
pub mod campaign;
pub mod fold;
pub mod header;
pub mod kept;
pub mod money;
pub mod roster;
pub mod turns;
pub mod wallet;
