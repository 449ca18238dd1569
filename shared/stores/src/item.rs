//! Records to items and back. Every record is stored with the version of its form.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Serialize, de::DeserializeOwned};

use crate::error::StoreError;

/// A stored item.
pub type Item = HashMap<String, AttributeValue>;

/// The form that records are written in. A reader rejects a newer one, because reading it in part could give wrong
/// amounts.
pub const FORM: u32 = 1;
const FORM_ATTRIBUTE: &str = "v";

/// An item's two-part key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    /// Place within it.
    pub sk: String,
}

impl Key {
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// The key of an item.
    pub fn of(item: &Item) -> Self {
        let part = |name| item.get(name).and_then(|part| part.as_s().ok()).cloned().unwrap_or_default();
        Self { pk: part("pk"), sk: part("sk") }
    }

    /// The key as attributes of DynamoDB.
    pub fn to_item(&self) -> Item {
        HashMap::from([("pk".to_owned(), text(&self.pk)), ("sk".to_owned(), text(&self.sk))])
    }
}

pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

/// An integer attribute.
pub fn number(value: impl Into<i128>) -> AttributeValue {
    AttributeValue::N(value.into().to_string())
}

/// A set of integers, which must not be empty.
pub fn numbers<T: Into<i128>>(values: impl IntoIterator<Item = T>) -> AttributeValue {
    AttributeValue::Ns(values.into_iter().map(|value| value.into().to_string()).collect())
}

/// A set of strings, which must not be empty.
pub fn texts<'a>(values: impl IntoIterator<Item = &'a str>) -> AttributeValue {
    let different: BTreeSet<&str> = values.into_iter().collect();
    AttributeValue::Ss(different.into_iter().map(str::to_owned).collect())
}

/// A record as an item under a key.
pub fn to_item<T: Serialize>(key: &Key, what: &'static str, record: &T) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(record).map_err(StoreError::unreadable(what))?;
    item.extend(key.to_item());
    item.insert(FORM_ATTRIBUTE.to_owned(), number(FORM));
    // An absent value must be an absent attribute: an index cannot have a NULL key, and conditions test whether an
    // attribute exists.
    item.retain(|_, value| !value.is_null());
    Ok(item)
}

/// Rejects an item of a form that this version does not read. [`from_item`] calls it.
pub fn check_form(what: &'static str, item: &Item) -> Result<(), StoreError> {
    let form = item.get(FORM_ATTRIBUTE).and_then(|v| v.as_n().ok()).and_then(|n| n.parse::<u32>().ok());
    match form {
        Some(FORM) => Ok(()),
        Some(newer) if newer > FORM => Err(StoreError::NewerForm { what }),
        _ => {
            let reason = format!("form {form:?}, this code reads form {FORM}");
            Err(StoreError::Unreadable { what, reason })
        }
    }
}

/// Checks whether a conditional write was refused because the stored item has a form that this version does not read.
pub fn check_refused(what: &'static str, standing: Option<&Item>) -> Result<(), StoreError> {
    standing.map_or(Ok(()), |item| check_form(what, item))
}

/// An item as a record.
pub fn from_item<T: DeserializeOwned>(what: &'static str, item: Item) -> Result<T, StoreError> {
    check_form(what, &item)?;
    from_attributes(what, item)
}

/// Reads attributes of an item whose form was checked.
pub fn from_attributes<T: DeserializeOwned>(what: &'static str, attributes: Item) -> Result<T, StoreError> {
    // serde's message may quote the value, such as a number or a text.
    let reason = || "a field is missing, or is not what it should be".to_owned();
    serde_dynamo::from_item(attributes).map_err(|_| StoreError::Unreadable { what, reason: reason() })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Contact {
        #[serde(rename = "phone")]
        _phone: u64,
    }

    #[test]
    fn an_error_about_a_value_does_not_quote_it() {
        let item = Item::from([("v".to_owned(), number(FORM)), ("phone".to_owned(), text("+254711000001"))]);
        let error = from_item::<Contact>("a contact", item).unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("a contact") && !said.contains("254711"), "{said}");
    }
}
