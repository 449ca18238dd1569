//! Test tools around the product: a proxy that fails chosen calls, and tables without sockets.

pub mod proxy;
pub mod tables;
