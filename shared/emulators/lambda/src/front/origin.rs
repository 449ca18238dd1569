//! The facts of a request that are not in the request itself.

use std::net::SocketAddr;

use time::OffsetDateTime;
use uuid::Uuid;

/// The sender of a request, its time, and its id.
pub(super) struct Origin {
    pub(super) request_id: Uuid,
    pub(super) peer: SocketAddr,
    pub(super) at: OffsetDateTime,
}
