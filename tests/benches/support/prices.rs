//! The price list, and what a step costs by it.

use std::{collections::BTreeMap, fs, path::Path};

use serde::Deserialize;

/// Prices of one region, of a dated file that names its sources.
#[derive(Clone, Debug, Deserialize)]
pub struct Prices {
    /// AWS's name of the region.
    pub region: String,
    /// The day of the prices.
    pub as_of: String,
    per_million: BTreeMap<String, Price>,
    assumed: BTreeMap<String, Assumption>,
    #[serde(default)]
    elsewhere: BTreeMap<String, Elsewhere>,
}

/// The known part of another region's prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Elsewhere {
    as_of: String,
    per_million: BTreeMap<String, Price>,
}

/// The cost of a campaign by another region's prices.
#[derive(Clone, Debug, PartialEq)]
pub enum OtherBill {
    /// Dollars in all.
    Total(f64),
    /// Dollars of what has a known price, and what has none: not to be summed up.
    Incomplete(BTreeMap<&'static str, f64>, Vec<&'static str>),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    dollars: f64,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Assumption {
    value: f64,
    #[serde(rename = "source")]
    _source: String,
}

/// Billed quantities, by the names of the price list.
pub type Quantities = BTreeMap<&'static str, f64>;

impl Prices {
    /// Reads `prices.json`.
    pub fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/prices.json");
        let text = fs::read_to_string(path).expect("the price list is there");
        serde_json::from_str(&text).expect("the price list is as it should be")
    }

    /// A figure that is assumed, since nothing here can measure it.
    pub fn assumed(&self, name: &str) -> f64 {
        self.assumed.get(name).unwrap_or_else(|| panic!("{name} is not assumed")).value
    }

    /// Dollars by what they are paid for.
    pub fn dollars(&self, quantities: &Quantities) -> BTreeMap<&'static str, f64> {
        quantities.iter().map(|(name, quantity)| (*name, quantity * self.of_one(name))).collect()
    }

    /// Dollars in all.
    pub fn total(&self, quantities: &Quantities) -> f64 {
        self.dollars(quantities).values().sum()
    }

    /// The cost of these quantities in each other region, with the region's name and the day of its prices.
    pub fn elsewhere(&self, quantities: &Quantities) -> Vec<(String, OtherBill)> {
        let bill = |(region, other): (&String, &Elsewhere)| {
            (format!("{region}, {}", other.as_of), other.bill(quantities))
        };
        self.elsewhere.iter().map(bill).collect()
    }

    fn of_one(&self, name: &str) -> f64 {
        self.per_million.get(name).unwrap_or_else(|| panic!("{name} has no price")).dollars / 1e6
    }
}

impl Elsewhere {
    fn bill(&self, quantities: &Quantities) -> OtherBill {
        let billed = quantities.iter().filter(|(_, quantity)| **quantity > 0.0);
        let mut known = BTreeMap::new();
        let mut unknown = Vec::new();
        for (name, quantity) in billed {
            match self.per_million.get(*name) {
                Some(price) => drop(known.insert(*name, quantity * price.dollars / 1e6)),
                None => unknown.push(*name),
            }
        }
        if unknown.is_empty() {
            OtherBill::Total(known.values().sum())
        } else {
            OtherBill::Incomplete(known, unknown)
        }
    }
}
