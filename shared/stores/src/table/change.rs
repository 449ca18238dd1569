//! Conditional writes and their results.
//!
//! **Architecture invariant.** No conditional write changes an item of a newer form: [`Change::guarded`] adds that to
//! every condition, and every conditional write goes through it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::item::{FORM, Item, number};

/// The result of a conditional write. No `Debug`: the item may hold numbers and names.
pub enum Conditional {
    Applied,
    /// The condition did not hold; the stored item, if there is one.
    Refused(Option<Item>),
}

/// Which stored items a write may change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Forms {
    /// Items of the form that this code reads, and absent ones.
    #[default]
    Known,
    /// Items that are not newer, and damaged ones whose form cannot be read.
    NotNewer,
}

/// An update or a put: expression, condition and their values. Attribute names that are DynamoDB's reserved words need
/// a placeholder in `names`; `v`, the form, and `:form`, the value of this version's form, are always there. It has no
/// `Debug`, because the values may hold numbers and names.
#[derive(Clone, Default)]
pub struct Change {
    pub update: String,
    pub condition: Option<String>,
    pub values: HashMap<String, AttributeValue>,
    pub names: HashMap<String, String>,
    pub forms: Forms,
}

/// A change with the guard of forms in its condition, as the parts of a DynamoDB request.
pub(super) struct Guarded {
    pub(super) update: String,
    pub(super) condition: String,
    pub(super) values: HashMap<String, AttributeValue>,
    pub(super) names: Option<HashMap<String, String>>,
}

impl Change {
    /// `SET … ADD … REMOVE …`
    pub fn new(update: impl Into<String>) -> Self {
        Self { update: update.into(), ..Self::default() }
    }

    /// A condition without an update, for a put or a delete.
    pub fn only_if(condition: impl Into<String>) -> Self {
        Self::default().when(condition)
    }

    /// Only if this holds.
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

    /// Makes it apply to an item whose form is damaged, too.
    pub const fn even_if_damaged(mut self) -> Self {
        self.forms = Forms::NotNewer;
        self
    }

    /// Adds the guard of forms. For DynamoDB an absent attribute, or one of another type, is not greater than a number.
    pub(super) fn guarded(self) -> Guarded {
        let Self { update, condition, mut values, names, forms } = self;
        let known = match forms {
            Forms::Known => "(attribute_not_exists(v) OR v = :form)",
            Forms::NotNewer => "(NOT v > :form)",
        };
        let condition =
            condition.map_or_else(|| known.to_owned(), |condition| format!("({condition}) AND {known}"));
        values.insert(":form".to_owned(), number(FORM));
        Guarded { update, condition, values, names: (!names.is_empty()).then_some(names) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_condition_refuses_a_newer_form() {
        let put = Change::default().guarded();
        assert_eq!(put.condition, "(attribute_not_exists(v) OR v = :form)");
        assert_eq!((put.values.get(":form"), put.names), (Some(&number(FORM)), None));
        let change = Change::new("SET a = :b").when("a < :b OR a > :c").guarded();
        assert_eq!(change.condition, "(a < :b OR a > :c) AND (attribute_not_exists(v) OR v = :form)");
        let damaged = Change::new("SET a = :b").when("a < :b").even_if_damaged().guarded();
        assert_eq!(damaged.condition, "(a < :b) AND (NOT v > :form)");
    }
}
