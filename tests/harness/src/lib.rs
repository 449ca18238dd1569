//! What the tests run the product through: a proxy that fails chosen calls, and tables without sockets.

pub mod proxy;
pub mod tables;
