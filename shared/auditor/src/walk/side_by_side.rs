//! How much is read at once.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::error::AuditError;

/// Organisations, campaigns of one, or books of one, that are looked at side by side.
pub const SIDE_BY_SIDE: usize = 4;
/// Calls of one campaign or book under way at once.
pub const CALLS_AT_ONCE: usize = 16;

/// Runs futures some at a time and gives their results in order, or the first error.
pub async fn in_order<T>(
    futures: Vec<impl Future<Output = Result<T, AuditError>>>,
    at_once: usize,
) -> Result<Vec<T>, AuditError> {
    stream::iter(futures).buffered(at_once).try_collect().await
}
