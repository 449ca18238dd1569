//! Conditional writes: what they say, and what became of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::item::Item;

/// What became of a conditional write. No `Debug`: the item may hold numbers and names.
pub enum Conditional {
    /// It was applied.
    Applied,
    /// The condition did not hold; the item as it stands, where there is one.
    Refused(Option<Item>),
}

/// An update: expression, condition, and their values. Names are written as they are: attribute names
/// of ours avoid DynamoDB's reserved words, or stand in `names`. No `Debug`: the values may hold
/// numbers and names.
#[derive(Clone, Default)]
pub struct Change {
    pub update: String,
    pub condition: Option<String>,
    pub values: HashMap<String, AttributeValue>,
    pub names: HashMap<String, String>,
}

impl Change {
    /// `SET … ADD … REMOVE …`
    pub fn new(update: impl Into<String>) -> Self {
        Self { update: update.into(), ..Self::default() }
    }

    /// Only where this holds.
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// A value that the expressions name.
    pub fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.insert(name.to_owned(), value);
        self
    }

    /// A name that the expressions use for a reserved word.
    pub fn name(mut self, placeholder: &str, name: &str) -> Self {
        self.names.insert(placeholder.to_owned(), name.to_owned());
        self
    }
}
