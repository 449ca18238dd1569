//! Following and steering campaigns.

pub mod control;
mod export;
pub mod list;
pub mod messages;
mod named;
mod page;
mod row;
mod sought;
pub mod status;
pub mod view;
mod waiting;
