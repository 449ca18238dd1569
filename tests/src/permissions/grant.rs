//! One thing that a role allows.

use std::fmt;

/// An action on a resource, and for a table the keys that it is confined to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Grant {
    /// `dynamodb:GetItem`
    pub action: String,
    /// `Accounts`, `Campaigns/index/due`, `batches`; for other services as it is written.
    pub resource: String,
    /// A pattern of partition keys; `None` if every key is allowed.
    pub keys: Option<String>,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { action, resource, keys } = self;
        write!(f, "{action} {resource} {}", keys.as_deref().unwrap_or("*"))
    }
}
