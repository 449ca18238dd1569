//! Reads of one item, a range, or many items.

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    connection::{BATCH_CALLS, Table},
    range::Range,
};
use crate::{
    error::StoreError,
    item::{Item, Key},
    retry::{RetryPolicy, Tries},
};

/// Items of one BatchGetItem (DynamoDB's limit).
const BATCH_GET_ITEMS: usize = 100;
/// Segments of a table that are scanned at the same time.
const SCAN_SEGMENTS: i32 = 8;

/// The item that is read to see whether a table answers.
pub fn health_key() -> Key {
    Key::new("HEALTH", "HEALTH")
}

impl Table {
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.get_item(key, true).await
    }

    /// One item as it was up to about a second ago, at half the price of [`Self::get`].
    pub async fn get_eventual(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        self.get_item(key, false).await
    }

    async fn get_item(&self, key: &Key, consistent: bool) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&*self.name).set_key(Some(key.to_item()));
        Ok(request.consistent_read(consistent).send().await.map_err(StoreError::of("GetItem"))?.item)
    }

    /// Reads an item that never changes after it is written: eventually consistent at half the price of [`Self::get`],
    /// and again at the full price if it is not found.
    pub async fn get_unchanging(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        match self.get_eventual(key).await? {
            Some(item) => Ok(Some(item)),
            None => self.get(key).await,
        }
    }

    /// Whether the table answers.
    pub async fn reachable(&self) -> Result<(), StoreError> {
        self.get(&health_key()).await.map(drop)
    }

    /// Every item of a range, following all pages.
    pub async fn query(&self, range: Range) -> Result<Vec<Item>, StoreError> {
        let mut items = Vec::new();
        let mut start = None;
        loop {
            let output = self
                .query_request(&range)
                .set_exclusive_start_key(start)
                .send()
                .await
                .map_err(StoreError::of("Query"))?;
            items.extend(output.items.unwrap_or_default());
            start = output.last_evaluated_key;
            let enough = range.limit.is_some_and(|limit| items.len() as u64 >= limit);
            if start.is_none() || enough {
                items.truncate(range.limit.map_or(usize::MAX, |limit| limit as usize));
                return Ok(items);
            }
        }
    }

    /// The partition keys of every item with this sort key, in the whole table.
    pub async fn partitions_with(&self, sort_key: &str) -> Result<Vec<String>, StoreError> {
        let keys = self.keys_where("sk = :sk", &[(":sk", sort_key.to_owned())]).await?;
        Ok(keys.into_iter().map(|key| key.pk).collect())
    }

    /// The keys of every item that meets a filter. For the operator's commands: it reads the whole table.
    pub async fn keys_where(&self, filter: &str, values: &[(&str, String)]) -> Result<Vec<Key>, StoreError> {
        let segments: Vec<_> =
            (0..SCAN_SEGMENTS).map(|segment| self.segment_where(filter, values, segment)).collect();
        let keys: Vec<Vec<Key>> =
            stream::iter(segments).buffered(SCAN_SEGMENTS as usize).try_collect().await?;
        Ok(keys.into_iter().flatten().collect())
    }

    async fn segment_where(
        &self,
        filter: &str,
        values: &[(&str, String)],
        segment: i32,
    ) -> Result<Vec<Key>, StoreError> {
        let values =
            values.iter().map(|(name, value)| ((*name).to_owned(), AttributeValue::S(value.clone())));
        let request = self.client.scan().table_name(&*self.name).consistent_read(true);
        let request = request.segment(segment).total_segments(SCAN_SEGMENTS);
        let request = request.filter_expression(filter).projection_expression("pk, sk");
        let request = request.set_expression_attribute_values(Some(values.collect()));
        let (mut keys, mut start) = (Vec::new(), None);
        loop {
            let page = request.clone().set_exclusive_start_key(start).send().await;
            let output = page.map_err(StoreError::of("Scan"))?;
            keys.extend(output.items.unwrap_or_default().iter().map(Key::of));
            start = output.last_evaluated_key;
            if start.is_none() {
                return Ok(keys);
            }
        }
    }

    fn query_request(
        &self,
        range: &Range,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let (hash, sort) = range.index.map_or((("pk", "S"), ("sk", "S")), |index| (index.hash, index.range));
        let mut request = self
            .client
            .query()
            .table_name(&*self.name)
            .set_index_name(range.index.map(|index| index.name.to_owned()))
            .consistent_read(!range.eventual)
            .scan_index_forward(!range.descending)
            .set_limit(range.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_projection_expression(range.projection.map(str::to_owned))
            .expression_attribute_names("#hash", hash.0)
            .expression_attribute_values(":hash", key_value(hash.1, &range.pk));
        let mut condition = "#hash = :hash".to_owned();
        if let Some((from, to)) = &range.sort {
            condition.push_str(" AND #sort BETWEEN :from AND :to");
            request = request
                .expression_attribute_names("#sort", sort.0)
                .expression_attribute_values(":from", key_value(sort.1, from))
                .expression_attribute_values(":to", key_value(sort.1, to));
        }
        request.key_condition_expression(condition)
    }

    /// Many items; absent ones are left out. Eventually consistent if `eventual`.
    pub async fn get_many(
        &self,
        keys: Vec<Key>,
        projection: Option<&'static str>,
    ) -> Result<Vec<Item>, StoreError> {
        let calls = keys.chunks(BATCH_GET_ITEMS).map(|chunk| self.get_batch(chunk.to_vec(), projection));
        let batches: Vec<Vec<Item>> =
            stream::iter(calls.collect::<Vec<_>>()).buffered(BATCH_CALLS).try_collect().await?;
        Ok(batches.into_iter().flatten().collect())
    }

    async fn get_batch(
        &self,
        keys: Vec<Key>,
        projection: Option<&'static str>,
    ) -> Result<Vec<Item>, StoreError> {
        const OPERATION: &str = "BatchGetItem";
        let mut items = Vec::new();
        let mut left: Vec<Item> = keys.iter().map(Key::to_item).collect();
        let mut tries = Tries::of(OPERATION, RetryPolicy::CONTENTION);
        loop {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .set_projection_expression(projection.map(str::to_owned))
                .build()
                .map_err(|_| StoreError::Contended { operation: OPERATION })?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&*self.name, wanted)
                .send()
                .await
                .map_err(StoreError::of(OPERATION))?;
            items.extend(output.responses.into_iter().flatten().flat_map(|(_, items)| items));
            left = output.unprocessed_keys.into_iter().flatten().flat_map(|(_, keys)| keys.keys).collect();
            if left.is_empty() {
                return Ok(items);
            }
            tries.pause().await?;
        }
    }
}

/// A key's value with the type that the schema gives it.
fn key_value(kind: &str, value: &str) -> AttributeValue {
    match kind {
        "N" => AttributeValue::N(value.to_owned()),
        _ => AttributeValue::S(value.to_owned()),
    }
}
