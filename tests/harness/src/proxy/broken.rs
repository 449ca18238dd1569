//! Connections that break.

use std::fmt;

/// The connection is broken off.
#[derive(Debug)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off by plan")
    }
}

impl std::error::Error for Broken {}
