//! The requests of the protocol.

use std::collections::BTreeMap;

use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct CreateQueue {
    pub(crate) queue_name: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// GetQueueUrl.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct ByName {
    pub(crate) queue_name: String,
}

/// DeleteQueue.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct ByUrl {
    pub(crate) queue_url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct GetQueueAttributes {
    pub(crate) queue_url: String,
    pub(crate) attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct SetQueueAttributes {
    pub(crate) queue_url: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct SendMessage {
    queue_url: String,
    message_body: String,
    delay_seconds: Option<i64>,
    message_group_id: Option<String>,
}

impl SendMessage {
    /// The queue, and the message as an entry of a batch has it.
    pub(crate) fn into_entry(self) -> (String, SendEntry) {
        let Self { queue_url, message_body, delay_seconds, message_group_id } = self;
        (queue_url, SendEntry { id: String::new(), message_body, delay_seconds, message_group_id })
    }
}

/// A request of up to ten entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct Batch<E> {
    #[serde(default)]
    pub(crate) queue_url: String,
    #[serde(default = "Vec::new")]
    pub(crate) entries: Vec<E>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct SendEntry {
    pub(crate) id: String,
    pub(crate) message_body: String,
    pub(crate) delay_seconds: Option<i64>,
    pub(crate) message_group_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct ReceiveMessage {
    pub(crate) queue_url: String,
    pub(crate) max_number_of_messages: Option<i64>,
    pub(crate) visibility_timeout: Option<i64>,
    pub(crate) wait_time_seconds: Option<i64>,
    pub(crate) message_system_attribute_names: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct DeleteMessage {
    pub(crate) queue_url: String,
    pub(crate) receipt_handle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct DeleteEntry {
    pub(crate) id: String,
    pub(crate) receipt_handle: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct ChangeVisibility {
    pub(crate) queue_url: String,
    pub(crate) receipt_handle: String,
    pub(crate) visibility_timeout: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub(crate) struct ChangeVisibilityEntry {
    pub(crate) id: String,
    pub(crate) receipt_handle: String,
    pub(crate) visibility_timeout: Option<i64>,
}
