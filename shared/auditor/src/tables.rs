//! Reading the tables: single items, partitions page by page, whole tables page by page.
//!
//! Every read is strongly consistent. Nothing here writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::{Client, types::AttributeValue};

use crate::{error::AuditError, forms::Item};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableNames {
    /// Organisations, wallets, ledgers, idempotency records, opt-outs.
    pub accounts: String,
    /// Books, contacts, rosters.
    pub address_books: String,
    /// Campaigns and batches.
    pub campaigns: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Accounts,
    AddressBooks,
    Campaigns,
}

#[derive(Clone, Debug)]
pub(crate) struct Tables {
    client: Client,
    names: TableNames,
}

/// The place of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub table: Table,
    pub pk: String,
    pub sk: String,
}

/// A part of one partition, read page by page in the order of its sort keys.
#[derive(Debug)]
pub(crate) struct Pages<'a> {
    tables: &'a Tables,
    range: Range,
    next: Next,
}

/// The items to read of a partition.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    table: Table,
    pk: String,
    prefix: Option<String>,
    projection: Option<&'static str>,
}

/// Reads one segment of a whole table, page by page: only the keys of items that pass a filter.
#[derive(Debug)]
pub(crate) struct ScanPages<'a> {
    tables: &'a Tables,
    scan: Scan,
    next: Next,
}

/// The filter of a scan.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    pub table: Table,
    pub filter: &'static str,
    pub values: Vec<(&'static str, &'static str)>,
    pub segment: i32,
    pub segments: i32,
}

/// The beginning of the next page.
#[derive(Debug)]
enum Next {
    First,
    After(HashMap<String, AttributeValue>),
    None,
}

impl Tables {
    pub const fn new(client: Client, names: TableNames) -> Self {
        Self { client, names }
    }

    fn name(&self, table: Table) -> &str {
        match table {
            Table::Accounts => &self.names.accounts,
            Table::AddressBooks => &self.names.address_books,
            Table::Campaigns => &self.names.campaigns,
        }
    }

    pub async fn get(&self, key: &Key) -> Result<Option<Item>, AuditError> {
        let request = self.client.get_item().table_name(self.name(key.table)).consistent_read(true);
        let request = request.key("pk", text(&key.pk)).key("sk", text(&key.sk));
        Ok(request.send().await.map_err(AuditError::of("GetItem"))?.item)
    }

    pub const fn pages(&self, range: Range) -> Pages<'_> {
        Pages { tables: self, range, next: Next::First }
    }

    pub const fn scan(&self, scan: Scan) -> ScanPages<'_> {
        ScanPages { tables: self, scan, next: Next::First }
    }
}

impl Key {
    pub fn new(table: Table, pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { table, pk: pk.into(), sk: sk.into() }
    }
}

impl Range {
    pub fn of(table: Table, pk: impl Into<String>) -> Self {
        Self { table, pk: pk.into(), prefix: None, projection: None }
    }

    pub fn beginning_with(self, prefix: impl Into<String>) -> Self {
        Self { prefix: Some(prefix.into()), ..self }
    }

    /// Reads only these attributes; none of them may be a reserved word.
    pub fn only(self, attributes: &'static str) -> Self {
        Self { projection: Some(attributes), ..self }
    }
}

impl Pages<'_> {
    pub async fn next(&mut self) -> Result<Option<Vec<Item>>, AuditError> {
        let Some(start) = self.next.take() else { return Ok(None) };
        let Range { table, pk, prefix, projection } = &self.range;
        let mut request = self.tables.client.query().table_name(self.tables.name(*table));
        request = request
            .consistent_read(true)
            .expression_attribute_values(":pk", text(pk))
            .set_projection_expression(projection.map(str::to_owned))
            .set_exclusive_start_key(start);
        request = match prefix {
            None => request.key_condition_expression("pk = :pk"),
            Some(prefix) => request
                .key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                .expression_attribute_values(":prefix", text(prefix)),
        };
        let output = request.send().await.map_err(AuditError::of("Query"))?;
        self.next = Next::after(output.last_evaluated_key);
        Ok(Some(output.items.unwrap_or_default()))
    }

    /// All pages together, for partitions that are small by design.
    pub async fn all(mut self) -> Result<Vec<Item>, AuditError> {
        let mut items = Vec::new();
        while let Some(page) = self.next().await? {
            items.extend(page);
        }
        Ok(items)
    }
}

impl ScanPages<'_> {
    /// The keys of the next page; `None` after the last.
    pub async fn next(&mut self) -> Result<Option<Vec<Item>>, AuditError> {
        let Some(start) = self.next.take() else { return Ok(None) };
        let Scan { table, filter, values, segment, segments } = &self.scan;
        let mut request = self.tables.client.scan().table_name(self.tables.name(*table));
        for (name, value) in values {
            request = request.expression_attribute_values(*name, text(value));
        }
        let request = request
            .consistent_read(true)
            .segment(*segment)
            .total_segments(*segments)
            .filter_expression(*filter)
            .projection_expression("pk, sk")
            .set_exclusive_start_key(start);
        let output = request.send().await.map_err(AuditError::of("Scan"))?;
        self.next = Next::after(output.last_evaluated_key);
        Ok(Some(output.items.unwrap_or_default()))
    }
}

impl Next {
    /// The start of the next page, if there is one.
    fn take(&mut self) -> Option<Option<HashMap<String, AttributeValue>>> {
        match std::mem::replace(self, Self::None) {
            Self::First => Some(None),
            Self::After(key) => Some(Some(key)),
            Self::None => None,
        }
    }

    fn after(key: Option<HashMap<String, AttributeValue>>) -> Self {
        key.filter(|key| !key.is_empty()).map_or(Self::None, Self::After)
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}
