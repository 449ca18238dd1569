//! Retries of a single write that DynamoDB rejects because a transaction is changing the same item. The SDK takes the
//! rejection for a final answer; this classifier makes it retry with its own backoff.

use aws_sdk_dynamodb::{
    error::ProvideErrorMetadata,
    operation::{delete_item::DeleteItemError, put_item::PutItemError, update_item::UpdateItemError},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Error, InterceptorContext},
    retries::classifiers::{ClassifyRetry, RetryAction},
};

/// Lets the SDK repeat such a write.
#[derive(Debug)]
pub(super) struct Conflicts;

impl ClassifyRetry for Conflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let outcome = context.output_or_error();
        let error = outcome.and_then(Result::err).and_then(|error| error.as_operation_error());
        match error.and_then(code) {
            Some("TransactionConflictException") => RetryAction::transient_error(),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "writes that conflict with transactions"
    }
}

fn code(error: &Error) -> Option<&str> {
    let put = error.downcast_ref::<PutItemError>().and_then(ProvideErrorMetadata::code);
    let update = error.downcast_ref::<UpdateItemError>().and_then(ProvideErrorMetadata::code);
    let delete = error.downcast_ref::<DeleteItemError>().and_then(ProvideErrorMetadata::code);
    put.or(update).or(delete)
}
