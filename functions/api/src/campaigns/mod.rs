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
pub mod status;
mod text_search;
pub mod timeline;
pub mod view;
mod waiting;
