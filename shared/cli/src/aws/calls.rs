//! The first calls to a deployment. Their failures show whether the region, the account, the credentials or the network
//! is wrong.

use std::error::Error;

use aws_sdk_dynamodb::{
    Client,
    config::Builder,
    error::{ProvideErrorMetadata, SdkError},
    types::AttributeValue,
};
use thiserror::Error;

use super::{AwsError, Session, error::NOT_ACCEPTED, impatient};

/// A call, as an error names it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call<'a> {
    pub service: &'static str,
    pub operation: &'static str,
    /// Table, queue or stack.
    pub kind: &'static str,
    pub name: &'a str,
}

/// The message of a refusal.
#[derive(Debug, Error)]
#[error("{0}")]
struct AwsMessage(String);

impl Session {
    /// Reads an item that is never written from a table. This first call shows whether all others can be made, and
    /// needs no permission that the commands do not need anyway.
    pub async fn try_table(&self, table: &str) -> Result<(), AwsError> {
        let client = Client::from_conf(Builder::from(&self.config).retry_config(impatient()).build());
        let nothing = || AttributeValue::S("-".to_owned());
        let read = client.get_item().table_name(table).key("pk", nothing()).key("sk", nothing());
        let call = Call { service: "DynamoDB", operation: "GetItem", kind: "table", name: table };
        match read.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(self.classify(call, error)),
        }
    }

    /// The reason for a failed call.
    pub fn classify<E, R>(&self, call: Call<'_>, error: SdkError<E, R>) -> AwsError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let (service, place) = (call.service, self.place());
        match error {
            SdkError::ServiceError(refusal) => self.refused(call, refusal.err()),
            SdkError::TimeoutError(_) => AwsError::TimedOut { service, place },
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                AwsError::TimedOut { service, place }
            }
            error @ SdkError::DispatchFailure(_) => {
                AwsError::Unreachable { service, place, source: error.into() }
            }
            SdkError::ResponseError(_) => AwsError::NotAws { service, place },
            error => AwsError::configuration(format!("no request to {service} can be made ({place})"), error),
        }
    }

    pub(super) fn refused(&self, call: Call<'_>, refusal: &impl ProvideErrorMetadata) -> AwsError {
        let (of, place) = (self.source.clone(), self.place());
        let Call { service, operation, kind, name } = call;
        let Some(code) = refusal.code() else { return AwsError::NotAws { service, place } };
        let message = || AwsMessage(refusal.message().unwrap_or("AWS gives no reason").to_owned());
        match code {
            "ExpiredToken" | "ExpiredTokenException" => AwsError::Expired { of },
            "AccessDenied" | "AccessDeniedException" | "AuthorizationError" | "NotAuthorized" => {
                AwsError::AccessDenied { of, operation, resource: name.to_owned(), source: message().into() }
            }
            "ResourceNotFoundException" | "QueueDoesNotExist" | "AWS.SimpleQueueService.NonExistentQueue" => {
                AwsError::NotThere { kind, name: name.to_owned(), place, of }
            }
            code if NOT_ACCEPTED.contains(&code) => AwsError::NotAccepted { of, code: code.to_owned() },
            code => AwsError::Failed { operation, resource: name.to_owned(), code: code.to_owned() },
        }
    }
}
