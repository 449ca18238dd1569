//! Writes of one item, with or without a condition, and of many items.

use std::{iter, time::Duration};

use aws_sdk_dynamodb::{
    error::{BuildError, ProvideErrorMetadata},
    operation::{put_item::PutItemError, update_item::UpdateItemError},
    types::{DeleteRequest, PutRequest, ReturnValue, ReturnValuesOnConditionCheckFailure, WriteRequest},
};
use futures_util::{StreamExt, TryStreamExt, stream};

use super::{
    change::{Change, Conditional, Guarded},
    connection::{BATCH_CALLS, Table},
};
use crate::{
    error::StoreError,
    item::{Item, Key},
    retry::{Limit, RetryPolicy, Tries},
};

/// Items of one BatchWriteItem (DynamoDB's limit).
const BATCH_WRITE_ITEMS: usize = 25;
/// How long one call waits for its table's capacity. A new table takes 4,000 units a second, and ten million recipients
/// are 30,000 units: all their calls together take eight seconds.
const CAPACITY: RetryPolicy =
    RetryPolicy { limit: Limit::Elapsed(Duration::from_secs(15)), ..RetryPolicy::CONTENTION };

/// Whether an error code says that a table or an account is temporarily over its capacity.
fn is_passing(code: &str) -> bool {
    matches!(code, "ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded")
}

const OPERATION: &str = "BatchWriteItem";

/// A request could not be built: a required field was missing.
fn unbuilt(_: BuildError) -> StoreError {
    StoreError::Unavailable { operation: OPERATION, code: "request could not be built".to_owned() }
}

impl Table {
    /// Writes an item if a condition holds.
    pub async fn put_when(&self, item: Item, condition: Change) -> Result<Conditional, StoreError> {
        let Guarded { condition, values, names, .. } = condition.guarded();
        let sent = self
            .client
            .put_item()
            .table_name(&*self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_expression_attribute_names(names)
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

    /// Writes an item if it does not exist yet.
    pub async fn put_new(&self, item: Item) -> Result<Conditional, StoreError> {
        self.put_when(item, Change::only_if("attribute_not_exists(pk)")).await
    }

    /// Writes many items, and replaces those with the same keys. Each item is made when its call is made, so that a
    /// million recipients are never in memory at once.
    pub async fn put_many(
        &self,
        items: impl IntoIterator<Item = Result<Item, StoreError>, IntoIter: Send>,
    ) -> Result<(), StoreError> {
        let put = |item: Result<Item, StoreError>| {
            let put = PutRequest::builder().set_item(Some(item?)).build().map_err(unbuilt)?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        self.write_many(items.into_iter().map(put)).await
    }

    /// Removes many items, those that are there.
    pub async fn delete_many(&self, keys: Vec<Key>) -> Result<(), StoreError> {
        let delete = |key: Key| {
            let delete = DeleteRequest::builder().set_key(Some(key.to_item())).build().map_err(unbuilt)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        self.write_many(keys.into_iter().map(delete)).await
    }

    async fn write_many(
        &self,
        mut requests: impl Iterator<Item = Result<WriteRequest, StoreError>> + Send,
    ) -> Result<(), StoreError> {
        let chunks = iter::from_fn(move || {
            let chunk: Vec<_> = requests.by_ref().take(BATCH_WRITE_ITEMS).collect();
            (!chunk.is_empty()).then_some(chunk)
        });
        let calls = stream::iter(chunks).map(|chunk| self.write_batch(chunk));
        calls.buffer_unordered(BATCH_CALLS).try_collect().await
    }

    /// A table over its capacity leaves some items unprocessed, or refuses the whole call; both are temporary.
    async fn write_batch(&self, chunk: Vec<Result<WriteRequest, StoreError>>) -> Result<(), StoreError> {
        let mut left: Vec<WriteRequest> = chunk.into_iter().collect::<Result<_, _>>()?;
        let mut tries = Tries::of(OPERATION, CAPACITY);
        loop {
            let request = self.client.batch_write_item().request_items(&*self.name, left.clone());
            match request.send().await {
                Ok(output) => {
                    let unprocessed = output.unprocessed_items.into_iter().flatten();
                    left = unprocessed.flat_map(|(_, items)| items).collect();
                }
                Err(error) if error.code().is_some_and(is_passing) => {}
                Err(error) => return Err(StoreError::of(OPERATION)(error)),
            }
            if left.is_empty() {
                return Ok(());
            }
            tries.pause().await?;
        }
    }

    /// Changes an item; the condition, if there is one, decides.
    pub async fn update(&self, key: &Key, change: Change) -> Result<Conditional, StoreError> {
        self.update_returning(key, change, ReturnValue::None).await.map(|updated| match updated {
            Ok(_) => Conditional::Applied,
            Err(item) => Conditional::Refused(item),
        })
    }

    /// Changes an item and returns the changed item; `Err` has the stored one if the condition did not hold.
    pub async fn update_returning(
        &self,
        key: &Key,
        change: Change,
        returned: ReturnValue,
    ) -> Result<Result<Item, Option<Item>>, StoreError> {
        let Guarded { update, condition, values, names } = change.guarded();
        let sent = self
            .client
            .update_item()
            .table_name(&*self.name)
            .set_key(Some(key.to_item()))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_expression_attribute_names(names)
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
        let request = self.client.delete_item().table_name(&*self.name).set_key(Some(key.to_item()));
        request.send().await.map_err(StoreError::of("DeleteItem")).map(drop)
    }
}
