//! Following and steering campaigns.

pub mod control;
mod export;
pub mod list;
pub mod message;
pub mod messages;
pub mod messages_to;
pub mod named;
mod page;
pub mod reasons;
mod row;
mod sought;
pub mod status;
pub mod timeline;
pub mod view;
mod waiting;
