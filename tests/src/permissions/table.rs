//! Declared and used, side by side.

use std::{collections::BTreeMap, fmt};

use super::{grant::Grant, reasons::reason_of, role::Role};

/// A declared grant of a function.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Row {
    pub function: String,
    pub grant: Grant,
    pub uses: u64,
    /// Why it may be unused.
    pub reason: Option<&'static str>,
}

/// A row for each grant of a function, from the uses by function and place of the grant.
pub fn rows(roles: &BTreeMap<String, Role>, uses: &BTreeMap<(&str, usize), u64>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (function, role) in roles {
        let mut used: BTreeMap<&Grant, u64> = BTreeMap::new();
        for (place, grant) in role.grants().iter().enumerate() {
            *used.entry(grant).or_default() += uses.get(&(function.as_str(), place)).unwrap_or(&0);
        }
        rows.extend(used.into_iter().map(|(grant, uses)| {
            let reason = reason_of(function, grant);
            Row { function: function.clone(), grant: grant.clone(), uses, reason }
        }));
    }
    rows
}

impl Row {
    /// Declared, never used, and without a reason.
    pub const fn is_superfluous(&self) -> bool {
        self.uses == 0 && self.reason.is_none()
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { function, grant: Grant { action, resource, keys }, uses, reason } = self;
        let keys = keys.as_deref().unwrap_or("*").replace(ID, "<id>");
        write!(f, "{function:<9} {action:<32} {resource:<20} {keys:<20} ")?;
        match (uses, reason) {
            (0, Some(reason)) => write!(f, "{reason}"),
            (0, None) => f.write_str("never used"),
            (uses, _) => write!(f, "{uses}"),
        }
    }
}

/// An organisation's id in a pattern that allows nothing after it.
const ID: &str = "????????-????-????-????-????????????";
