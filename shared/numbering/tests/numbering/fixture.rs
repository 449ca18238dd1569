//! Reads expectations from files that were not written for this project; their README names the sources.

use std::{fs, path::PathBuf};

use domain::{
    money::Money,
    msisdn::Msisdn,
    phone::Phone,
    tariff::{Price, Tariff},
};
use numbering::{HomeCountry, NumberError, NumberReader};
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

/// The reading of a cell for an organisation without prices.
pub fn read(cell: &str, home: HomeCountry) -> Result<Phone, NumberError> {
    NumberReader::new(home, &Tariff::default()).read(cell)
}

pub fn parse(cell: &str, home: HomeCountry) -> Result<Msisdn, NumberError> {
    read(cell, home).map(|phone| phone.number)
}

/// The E.164 form, or `None`: the form of the expectations.
pub fn e164(input: &str, home: HomeCountry) -> Option<String> {
    parse(input, home).ok().map(|number| number.e164())
}

/// The E.164 form that an organisation with prices for these prefixes reads.
pub fn priced(cell: &str, home: HomeCountry, prefixes: &[&str]) -> Option<String> {
    let price = |prefix: &&str| Price { prefix: (*prefix).to_owned(), per_segment: Money::ZERO };
    let tariff = Tariff::new(prefixes.iter().map(price).collect()).unwrap();
    NumberReader::new(home, &tariff).read(cell).ok().map(|phone| phone.number.e164())
}
