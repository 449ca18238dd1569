//! Attributes of items. Records carry the version of their form in `v`; only version 1 is known.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

use super::unreadable::Unreadable;

/// A stored item.
pub type Item = HashMap<String, AttributeValue>;

const FORM: &str = "1";

/// An item's attributes, and the kind of item for errors.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    what: &'static str,
    item: &'a Item,
}

impl<'a> Fields<'a> {
    /// The fields of an item, whose form must be known.
    pub fn of(what: &'static str, item: &'a Item) -> Result<Self, Unreadable> {
        match item.get("v") {
            Some(AttributeValue::N(form)) if form == FORM => Ok(Self { what, item }),
            Some(_) => Err(Unreadable::new(what, "its form (version) is unknown")),
            None => Err(Unreadable::new(what, "it has no form (version)")),
        }
    }

    /// An error of this item.
    pub fn wrong(&self, why: impl Into<String>) -> Unreadable {
        Unreadable::new(self.what, why)
    }

    pub fn has(&self, name: &str) -> bool {
        self.item.contains_key(name)
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, Unreadable> {
        value.ok_or_else(|| self.wrong(format!("it has no {name}")))
    }

    fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&'a AttributeValue) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        let Some(value) = self.item.get(name) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(format!("its {name} is of another type")))
    }

    pub fn optional_text(&self, name: &str) -> Result<Option<&'a str>, Unreadable> {
        self.optional(name, |value| value.as_s().ok().map(String::as_str))
    }

    pub fn text(&self, name: &str) -> Result<&'a str, Unreadable> {
        self.required(name, self.optional_text(name)?)
    }

    pub fn optional_integer(&self, name: &str) -> Result<Option<i64>, Unreadable> {
        self.optional(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub fn integer(&self, name: &str) -> Result<i64, Unreadable> {
        self.required(name, self.optional_integer(name)?)
    }

    pub fn optional_unsigned(&self, name: &str) -> Result<Option<u64>, Unreadable> {
        self.optional(name, |value| value.as_n().ok()?.parse().ok())
    }

    pub fn unsigned(&self, name: &str) -> Result<u64, Unreadable> {
        self.required(name, self.optional_unsigned(name)?)
    }

    /// A set of integers; empty if it is absent.
    pub fn unsigned_set(&self, name: &str) -> Result<BTreeSet<u64>, Unreadable> {
        let read = |value: &AttributeValue| -> Option<BTreeSet<u64>> {
            value.as_ns().ok()?.iter().map(|number| number.parse().ok()).collect()
        };
        Ok(self.optional(name, read)?.unwrap_or_default())
    }

    pub fn text_set(&self, name: &str) -> Result<BTreeSet<String>, Unreadable> {
        let read = |value: &AttributeValue| Some(value.as_ss().ok()?.iter().cloned().collect());
        Ok(self.optional(name, read)?.unwrap_or_default())
    }

    pub fn optional_bytes(&self, name: &str) -> Result<Option<&'a [u8]>, Unreadable> {
        self.optional(name, |value| value.as_b().ok().map(AsRef::as_ref))
    }

    pub fn bytes(&self, name: &str) -> Result<&'a [u8], Unreadable> {
        self.required(name, self.optional_bytes(name)?)
    }

    /// A map's attributes; a map has no form of its own.
    pub fn optional_map(&self, name: &str) -> Result<Option<Self>, Unreadable> {
        let what = self.what;
        self.optional(name, |value| value.as_m().ok().map(|item| Self { what, item }))
    }

    /// A list of texts.
    pub fn texts(&self, name: &str) -> Result<Vec<&'a str>, Unreadable> {
        let list = self.required(name, self.optional(name, |value| value.as_l().ok())?)?;
        let texts = list.iter().map(|value| value.as_s().ok().map(String::as_str)).collect();
        self.required(name, texts)
    }

    /// A list of maps.
    pub fn maps(&self, name: &str) -> Result<Vec<Self>, Unreadable> {
        let list = self.required(name, self.optional(name, |value| value.as_l().ok())?)?;
        let map = |value: &'a AttributeValue| value.as_m().ok().map(|item| Self { what: self.what, item });
        let maps: Option<Vec<Self>> = list.iter().map(map).collect();
        self.required(name, maps)
    }
}

pub fn sort_key(item: &Item) -> &str {
    key_part(item, "sk")
}

pub fn partition_key(item: &Item) -> &str {
    key_part(item, "pk")
}

fn key_part<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}
