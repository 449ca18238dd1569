//! local

pub mod embedded;
pub mod host;
