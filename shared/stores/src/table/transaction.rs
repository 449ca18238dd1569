//! Transactions: all writes or none.

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    types::{Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update},
};

use super::{
    change::{Change, Guarded},
    connection::Table,
};
use crate::{
    error::StoreError,
    item::{Item, Key},
    retry::{RetryPolicy, Tries},
};

#[derive(Clone)]
pub struct Write(TransactWriteItem);

/// A write's part in a transaction could not be built: a required field was missing.
fn unbuilt<E>(_: E) -> StoreError {
    StoreError::Unavailable { operation: "TransactWriteItems", code: "request could not be built".to_owned() }
}

impl Table {
    /// Puts an item if a condition holds.
    pub fn write_put(&self, item: Item, condition: Change) -> Result<Write, StoreError> {
        let Guarded { condition, values, names, .. } = condition.guarded();
        let put = Put::builder()
            .table_name(&*self.name)
            .set_item(Some(item))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_expression_attribute_names(names)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().put(put).build()))
    }

    /// Puts an item if it does not exist yet.
    pub fn write_new(&self, item: Item) -> Result<Write, StoreError> {
        self.write_put(item, Change::only_if("attribute_not_exists(pk)"))
    }

    /// Changes an item.
    pub fn write_change(&self, key: &Key, change: Change) -> Result<Write, StoreError> {
        let Guarded { update, condition, values, names } = change.guarded();
        let update = Update::builder()
            .table_name(&*self.name)
            .set_key(Some(key.to_item()))
            .update_expression(update)
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_expression_attribute_names(names)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().update(update).build()))
    }

    /// Removes an item if a condition holds.
    pub fn write_delete(&self, key: &Key, condition: Change) -> Result<Write, StoreError> {
        let Guarded { condition, values, names, .. } = condition.guarded();
        let delete = Delete::builder()
            .table_name(&*self.name)
            .set_key(Some(key.to_item()))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(values))
            .set_expression_attribute_names(names)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(unbuilt)?;
        Ok(Write(TransactWriteItem::builder().delete(delete).build()))
    }

    /// Applies all writes or none. `Err` of the inner result names the first write whose condition did not hold.
    /// Conflicts with other writers are retried with jitter. All attempts have one request token, so that DynamoDB
    /// applies them once (for ten minutes, which is longer than all attempts take).
    pub async fn transact(&self, writes: Vec<Write>) -> Result<Result<(), RefusedWrite>, StoreError> {
        let items: Vec<TransactWriteItem> = writes.into_iter().map(|write| write.0).collect();
        let token = uuid::Uuid::new_v4().to_string();
        let mut tries = Tries::of("TransactWriteItems", RetryPolicy::CONTENTION);
        loop {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let sent = request.client_request_token(&token).send().await;
            let Err(error) = sent else { return Ok(Ok(())) };
            match Cancelled::of(&error) {
                Cancelled::Refused(refused) => return Ok(Err(refused)),
                Cancelled::MetOthers => tries.pause().await?,
                Cancelled::Otherwise => return Err(StoreError::of("TransactWriteItems")(error)),
            }
        }
    }
}

/// The write of a transaction whose condition did not hold.
pub struct RefusedWrite {
    /// Index of the write in the transaction.
    pub place: usize,
    /// The stored item, if there is one.
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
    /// A failed condition is final even if another item of the transaction had a conflict: the caller decides, and may
    /// read again.
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

/// Whether a cancellation code is temporary.
fn is_passing(code: &str) -> bool {
    matches!(code, "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded")
}
