//! What clients send.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::message_attributes::MessageAttributes;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateQueue {
    pub(crate) queue_name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// GetQueueUrl.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ByName {
    pub(crate) queue_name: String,
}

/// DeleteQueue and PurgeQueue.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ByUrl {
    pub(crate) queue_url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ListQueues {
    pub(crate) queue_name_prefix: Option<String>,
    pub(crate) max_results: Option<i64>,
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct GetQueueAttributes {
    pub(crate) queue_url: String,
    pub(crate) attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct SetQueueAttributes {
    pub(crate) queue_url: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// What SendMessage and an entry of SendMessageBatch have in common.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Outgoing {
    pub(crate) message_body: String,
    pub(crate) delay_seconds: Option<i64>,
    pub(crate) message_attributes: MessageAttributes,
    pub(crate) message_system_attributes: MessageAttributes,
    pub(crate) message_group_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendMessage {
    #[serde(default)]
    pub(crate) queue_url: String,
    #[serde(flatten)]
    pub(crate) message: Outgoing,
}

/// A request of up to ten entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Batch<E> {
    #[serde(default)]
    pub(crate) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(crate) entries: Vec<E>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendEntry {
    #[serde(default)]
    pub(crate) id: String,
    #[serde(flatten)]
    pub(crate) message: Outgoing,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ReceiveMessage {
    pub(crate) queue_url: String,
    pub(crate) max_number_of_messages: Option<i64>,
    pub(crate) visibility_timeout: Option<i64>,
    pub(crate) wait_time_seconds: Option<i64>,
    /// The older name of the next field; both are honoured.
    pub(crate) attribute_names: Vec<String>,
    pub(crate) message_system_attribute_names: Vec<String>,
    pub(crate) message_attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteMessage {
    pub(crate) queue_url: String,
    pub(crate) receipt_handle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DeleteEntry {
    pub(crate) id: String,
    pub(crate) receipt_handle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct ChangeVisibility {
    pub(crate) queue_url: String,
    pub(crate) receipt_handle: String,
    pub(crate) visibility_timeout: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct VisibilityEntry {
    pub(crate) id: String,
    pub(crate) receipt_handle: String,
    pub(crate) visibility_timeout: Option<i64>,
}
