//! What the last health check of this instance found.

use domain::timestamp::Timestamp;
use tokio::sync::Mutex;

/// The last check of this instance and its time. Requests at the same time wait for one check.
#[derive(Debug, Default)]
pub struct LastLook(pub Mutex<Option<(Timestamp, Health)>>);

/// Which parts answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Health {
    pub tables: bool,
    pub queues: bool,
    pub secrets: bool,
}
