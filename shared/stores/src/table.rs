//! One table: the few shapes of read and write that the stores are made of.
//!
//! Reads are strongly consistent unless they say otherwise. Leftovers of batch calls and pages are
//! followed to their end; nothing returns a part.

use std::{collections::HashMap, time::Duration};

use aws_sdk_dynamodb::{
    Client,
    error::ProvideErrorMetadata,
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{
        AttributeValue, ConditionCheck, Delete, DeleteRequest, KeysAndAttributes, Put, PutRequest,
        ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
    },
};
use futures_util::{StreamExt, TryStreamExt, stream};
use platform::{aws::AwsSettings, http::HttpClient, random};

use crate::{
    error::StoreError,
    item::{Item, Key},
};

/// Items of one BatchWriteItem (DynamoDB's limit).
const BATCH_WRITE_ITEMS: usize = 25;
/// Items of one BatchGetItem (DynamoDB's limit).
const BATCH_GET_ITEMS: usize = 100;
/// Batch calls under way at once.
const BATCH_CALLS: usize = 16;
/// Tries of a call that leaves something over, or of a transaction that meets others.
const ATTEMPTS: u32 = 10;
const FIRST_DELAY: Duration = Duration::from_millis(5);
const LONGEST_DELAY: Duration = Duration::from_millis(800);

/// A connection to DynamoDB.
#[derive(Clone, Debug)]
pub struct DynamoDb(pub(crate) Client);

impl DynamoDb {
    /// Connects over the shared connector.
    pub fn connect(settings: &AwsSettings, http: &HttpClient) -> Self {
        Self(Client::new(&settings.connection(http.shared_http_client())))
    }

    /// Over a client that the caller has built, such as the operator's with its own credentials.
    pub const fn of(client: Client) -> Self {
        Self(client)
    }
}

/// One table.
#[derive(Clone, Debug)]
pub struct Table {
    client: Client,
    name: String,
}

/// What became of a conditional write.
#[derive(Debug)]
pub enum Conditional {
    /// It was applied.
    Applied,
    /// The condition did not hold; the item as it stands, where there is one.
    Refused(Option<Item>),
}

/// An update: expression, condition, and their values. Names are written as they are: attribute names
/// of ours avoid DynamoDB's reserved words, or stand in `names`.
#[derive(Clone, Debug, Default)]
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

/// What to read of a partition.
#[derive(Clone, Debug)]
pub struct Range {
    pk: String,
    sort: Option<(String, String)>,
    index: Option<(&'static str, &'static str)>,
    descending: bool,
    projection: Option<&'static str>,
    eventual: bool,
    limit: Option<u64>,
}

impl Range {
    /// A whole partition.
    pub fn of(pk: impl Into<String>) -> Self {
        Self {
            pk: pk.into(),
            sort: None,
            index: None,
            descending: false,
            projection: None,
            eventual: false,
            limit: None,
        }
    }

    /// Only items whose place begins so.
    pub fn beginning_with(self, prefix: &str) -> Self {
        self.between(prefix, &format!("{prefix}\u{10ffff}"))
    }

    /// Only items from one place to another, both included.
    pub fn between(mut self, from: &str, to: &str) -> Self {
        self.sort = Some((from.to_owned(), to.to_owned()));
        self
    }

    /// Over an index whose range key is `sort`; always eventually consistent.
    pub const fn index(mut self, index: &'static str, sort: &'static str) -> Self {
        self.index = Some((index, sort));
        self.eventual = true;
        self
    }

    /// Last place first.
    pub const fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Only these attributes.
    pub const fn only(mut self, projection: &'static str) -> Self {
        self.projection = Some(projection);
        self
    }

    /// At half the price, perhaps a second old.
    pub const fn eventual(mut self) -> Self {
        self.eventual = true;
        self
    }

    /// At most so many items.
    pub const fn limit(mut self, items: u64) -> Self {
        self.limit = Some(items);
        self
    }
}

impl Table {
    /// A table by name.
    pub fn new(dynamodb: &DynamoDb, name: &str) -> Self {
        Self { client: dynamodb.0.clone(), name: name.to_owned() }
    }

    /// One item.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key.to_item()));
        Ok(request.consistent_read(true).send().await.map_err(StoreError::of("GetItem"))?.item)
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

    fn query_request(
        &self,
        range: &Range,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let sort_name = range.index.map_or("sk", |(_, sort)| sort);
        let hash_name = if range.index.is_some_and(|(index, _)| index == crate::schema::DUE_INDEX) {
            crate::schema::DUE_SHARD
        } else {
            "pk"
        };
        let mut request = self
            .client
            .query()
            .table_name(&self.name)
            .set_index_name(range.index.map(|(index, _)| index.to_owned()))
            .consistent_read(!range.eventual)
            .scan_index_forward(!range.descending)
            .set_limit(range.limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_projection_expression(range.projection.map(str::to_owned))
            .expression_attribute_names("#hash", hash_name)
            .expression_attribute_values(":hash", AttributeValue::S(range.pk.clone()));
        let mut condition = "#hash = :hash".to_owned();
        if let Some((from, to)) = &range.sort {
            let numeric = range.index.is_some_and(|(index, _)| index == crate::schema::DUE_INDEX);
            let value = |v: &str| {
                if numeric { AttributeValue::N(v.to_owned()) } else { AttributeValue::S(v.to_owned()) }
            };
            condition.push_str(" AND #sort BETWEEN :from AND :to");
            request = request
                .expression_attribute_names("#sort", sort_name)
                .expression_attribute_values(":from", value(from))
                .expression_attribute_values(":to", value(to));
        }
        request.key_condition_expression(condition)
    }

    /// Many items at once; absent ones are left out. Eventually consistent where `eventual`.
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
        let mut items = Vec::new();
        let mut left: Vec<Item> = keys.iter().map(Key::to_item).collect();
        for attempt in 0..ATTEMPTS {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(left))
                .consistent_read(true)
                .set_projection_expression(projection.map(str::to_owned))
                .build()
                .map_err(|_| StoreError::Contended { operation: "BatchGetItem" })?;
            let output = self
                .client
                .batch_get_item()
                .request_items(&self.name, wanted)
                .send()
                .await
                .map_err(StoreError::of("BatchGetItem"))?;
            items.extend(output.responses.into_iter().flatten().flat_map(|(_, items)| items));
            left = output.unprocessed_keys.into_iter().flatten().flat_map(|(_, keys)| keys.keys).collect();
            if left.is_empty() {
                return Ok(items);
            }
            back_off(attempt).await;
        }
        Err(StoreError::Contended { operation: "BatchGetItem" })
    }

    /// Writes an item, whatever stood there.
    pub async fn put(&self, item: Item) -> Result<(), StoreError> {
        let request = self.client.put_item().table_name(&self.name).set_item(Some(item));
        request.send().await.map_err(StoreError::of("PutItem")).map(drop)
    }

    /// Writes an item where a condition holds.
    pub async fn put_when(
        &self,
        item: Item,
        condition: &str,
        values: HashMap<String, AttributeValue>,
    ) -> Result<Conditional, StoreError> {
        let sent = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(Conditional::Applied),
            Err(error) => match error.as_service_error() {
                Some(PutItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Conditional::Refused(refused.item.clone()))
                }
                _ => Err(StoreError::of("PutItem")(error)),
            },
        }
    }

    /// Writes an item where none stands.
    pub async fn put_new(&self, item: Item) -> Result<Conditional, StoreError> {
        self.put_when(item, "attribute_not_exists(pk)", HashMap::new()).await
    }

    /// Writes many items, whatever stood there.
    pub async fn put_many(&self, items: Vec<Item>) -> Result<(), StoreError> {
        let put = |item| {
            let request = PutRequest::builder().set_item(Some(item)).build();
            request.map(|put| WriteRequest::builder().put_request(put).build())
        };
        let requests: Result<Vec<WriteRequest>, _> = items.into_iter().map(put).collect();
        let requests = requests.map_err(|_| StoreError::Contended { operation: "BatchWriteItem" })?;
        let calls = requests.chunks(BATCH_WRITE_ITEMS).map(|chunk| self.write_batch(chunk.to_vec()));
        stream::iter(calls.collect::<Vec<_>>()).buffer_unordered(BATCH_CALLS).try_collect().await
    }

    /// Removes many items, those that are there.
    pub async fn delete_many(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let delete = |key: Key| {
            let request = DeleteRequest::builder().set_key(Some(key.to_item())).build();
            request.map(|delete| WriteRequest::builder().delete_request(delete).build())
        };
        let requests: Result<Vec<WriteRequest>, _> = keys.into_iter().map(delete).collect();
        let requests = requests.map_err(|_| StoreError::Contended { operation: "BatchWriteItem" })?;
        let calls = requests.chunks(BATCH_WRITE_ITEMS).map(|chunk| self.write_batch(chunk.to_vec()));
        stream::iter(calls.collect::<Vec<_>>()).buffer_unordered(BATCH_CALLS).try_collect().await
    }

    async fn write_batch(&self, mut left: Vec<WriteRequest>) -> Result<(), StoreError> {
        for attempt in 0..ATTEMPTS {
            let request = self.client.batch_write_item().request_items(&self.name, left);
            let output = request.send().await.map_err(StoreError::of("BatchWriteItem"))?;
            left = output.unprocessed_items.into_iter().flatten().flat_map(|(_, items)| items).collect();
            if left.is_empty() {
                return Ok(());
            }
            back_off(attempt).await;
        }
        Err(StoreError::Contended { operation: "BatchWriteItem" })
    }

    /// Changes an item; the condition, where there is one, decides.
    pub async fn update(&self, key: &Key, change: Change) -> Result<Conditional, StoreError> {
        self.update_returning(key, change, ReturnValue::None).await.map(|updated| match updated {
            Ok(_) => Conditional::Applied,
            Err(item) => Conditional::Refused(item),
        })
    }

    /// Changes an item and gives it as it then stands; `Err` holds it where the condition refused.
    pub async fn update_returning(
        &self,
        key: &Key,
        change: Change,
        returned: ReturnValue,
    ) -> Result<Result<Item, Option<Item>>, StoreError> {
        let sent = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.to_item()))
            .update_expression(change.update)
            .set_condition_expression(change.condition)
            .set_expression_attribute_values((!change.values.is_empty()).then_some(change.values))
            .set_expression_attribute_names((!change.names.is_empty()).then_some(change.names))
            .return_values(returned)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match sent {
            Ok(output) => Ok(Ok(output.attributes.unwrap_or_default())),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refused)) => {
                    Ok(Err(refused.item.clone()))
                }
                _ => Err(StoreError::of("UpdateItem")(error)),
            },
        }
    }

    /// Removes an item, if it is there.
    pub async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let request = self.client.delete_item().table_name(&self.name).set_key(Some(key.to_item()));
        request.send().await.map_err(StoreError::of("DeleteItem")).map(drop)
    }
}

/// One write of a transaction.
#[derive(Clone, Debug)]
pub struct Write(TransactWriteItem);

/// A write's part in a transaction could not be built: a required field was missing.
fn unbuilt<E>(_: E) -> StoreError {
    StoreError::Unavailable { operation: "TransactWriteItems", code: "request could not be built".to_owned() }
}

impl Table {
    /// Puts an item where a condition holds (`None`: always).
    pub fn write_put(
        &self,
        item: Item,
        condition: Option<&str>,
        values: HashMap<String, AttributeValue>,
    ) -> Result<Write, StoreError> {
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(item))
            .set_condition_expression(condition.map(str::to_owned))
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().put(put).build()))
    }

    /// Puts an item where none stands.
    pub fn write_new(&self, item: Item) -> Result<Write, StoreError> {
        self.write_put(item, Some("attribute_not_exists(pk)"), HashMap::new())
    }

    /// Changes an item.
    pub fn write_change(&self, key: &Key, change: Change) -> Result<Write, StoreError> {
        let update = Update::builder()
            .table_name(&self.name)
            .set_key(Some(key.to_item()))
            .update_expression(change.update)
            .set_condition_expression(change.condition)
            .set_expression_attribute_values((!change.values.is_empty()).then_some(change.values))
            .set_expression_attribute_names((!change.names.is_empty()).then_some(change.names))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().update(update).build()))
    }

    /// Removes an item where a condition holds.
    pub fn write_delete(&self, key: &Key, change: Change) -> Result<Write, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.name)
            .set_key(Some(key.to_item()))
            .set_condition_expression(change.condition)
            .set_expression_attribute_values((!change.values.is_empty()).then_some(change.values))
            .set_expression_attribute_names((!change.names.is_empty()).then_some(change.names))
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Only looks: the transaction holds where the condition does.
    pub fn write_check(&self, key: &Key, change: Change) -> Result<Write, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(&self.name)
            .set_key(Some(key.to_item()))
            .set_condition_expression(change.condition)
            .set_expression_attribute_values((!change.values.is_empty()).then_some(change.values))
            .set_expression_attribute_names((!change.names.is_empty()).then_some(change.names))
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().condition_check(check).build()))
    }

    /// Applies all writes or none. `Err` of the inner result names the first write whose condition did
    /// not hold. Meeting other writers is retried with jitter; one request token for all tries makes them
    /// apply once (for ten minutes, which is longer than any of this takes).
    pub async fn transact(&self, writes: Vec<Write>) -> Result<Result<(), RefusedWrite>, StoreError> {
        let items: Vec<TransactWriteItem> = writes.into_iter().map(|write| write.0).collect();
        let token = uuid::Uuid::new_v4().to_string();
        for attempt in 0..ATTEMPTS {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let sent = request.client_request_token(&token).send().await;
            let Err(error) = sent else { return Ok(Ok(())) };
            match Cancelled::of(&error) {
                Cancelled::Refused(refused) => return Ok(Err(refused)),
                Cancelled::MetOthers => back_off(attempt).await,
                Cancelled::Otherwise => return Err(StoreError::of("TransactWriteItems")(error)),
            }
        }
        Err(StoreError::Contended { operation: "TransactWriteItems" })
    }
}

/// The write of a transaction whose condition did not hold.
#[derive(Debug)]
pub struct RefusedWrite {
    /// Its place in the transaction.
    pub place: usize,
    /// The item as it stands, where there is one.
    pub item: Option<Item>,
}

enum Cancelled {
    Refused(RefusedWrite),
    MetOthers,
    Otherwise,
}

type TransactError = aws_sdk_dynamodb::error::SdkError<
    aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
>;

impl Cancelled {
    /// A condition that failed is an answer even where another item of the transaction met others: it
    /// is decided by the caller, who may read again.
    fn of(error: &TransactError) -> Self {
        use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as E;
        let Some(service) = error.as_service_error() else { return Self::Otherwise };
        match service {
            E::TransactionCanceledException(cancelled) => {
                let reasons = cancelled.cancellation_reasons();
                let code = |place: &usize| reasons.get(*place).and_then(|reason| reason.code());
                let refused = (0..reasons.len()).find(|place| code(place) == Some("ConditionalCheckFailed"));
                match refused {
                    Some(place) => {
                        let item = reasons.get(place).and_then(|reason| reason.item.clone());
                        Self::Refused(RefusedWrite { place, item: item.filter(|item| !item.is_empty()) })
                    }
                    None if (0..reasons.len()).any(|place| code(&place).is_some_and(is_passing)) => {
                        Self::MetOthers
                    }
                    None => Self::Otherwise,
                }
            }
            E::TransactionInProgressException(_) => Self::MetOthers,
            other if other.code() == Some("TransactionConflictException") => Self::MetOthers,
            _ => Self::Otherwise,
        }
    }
}

/// Cancellation codes that may not come again.
fn is_passing(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}

async fn back_off(attempt: u32) {
    let ceiling = FIRST_DELAY.saturating_mul(1 << attempt.min(10)).min(LONGEST_DELAY);
    tokio::time::sleep(ceiling.mul_f64(f64::from(random::jitter()) / f64::from(u32::MAX))).await;
}
