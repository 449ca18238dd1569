//! Where the expectations come from that nobody here wrote: see the README beside them.

use std::{fs, path::PathBuf};

use numbering::HomeCountry;
use serde_json::Value;

pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures").join(name)
}

pub fn json(name: &str) -> Value {
    serde_json::from_slice(&fs::read(path(name)).unwrap()).unwrap()
}

pub fn home(alpha2: &str) -> HomeCountry {
    HomeCountry::parse(alpha2).unwrap()
}

/// The E.164 form that is read, or `None`: the form of the expectations.
pub fn e164(input: &str, home: HomeCountry) -> Option<String> {
    numbering::parse(input, home).ok().map(|number| number.e164())
}
