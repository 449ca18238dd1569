//! Test tools around the product: a proxy that fails chosen calls, tables without sockets, and the permissions that a
//! call needs with the patterns of roles, by which each call is judged.

pub mod need;
pub mod pattern;
pub mod proxy;
pub mod tables;
