//! How many reads run in parallel.

use futures_util::{StreamExt, TryStreamExt, stream};

use crate::error::AuditError;

/// Organisations, campaigns of one, or books of one, that are read in parallel.
pub const SIDE_BY_SIDE: usize = 4;
/// Calls for one campaign or book at the same time.
pub const CALLS_AT_ONCE: usize = 16;

/// Runs some futures at a time and returns their results in order, or the first error.
pub async fn in_order<T>(
    futures: Vec<impl Future<Output = Result<T, AuditError>>>,
    at_once: usize,
) -> Result<Vec<T>, AuditError> {
    stream::iter(futures).buffered(at_once).try_collect().await
}
