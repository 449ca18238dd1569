//! The facts of a request that are not in the request itself.

use std::net::SocketAddr;

use time::OffsetDateTime;
use uuid::Uuid;

/// Who sent a request, when, and under which id it is served.
pub(super) struct Origin {
    pub(super) request_id: Uuid,
    pub(super) peer: SocketAddr,
    pub(super) at: OffsetDateTime,
}
