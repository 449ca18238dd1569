//! Judges items that may be changing: between two reads of the item that every change writes.

use crate::{
    error::AuditError,
    forms::Item,
    section::Section,
    tables::{Key, Tables},
};

/// Attempts before the items are counted as changing.
const ATTEMPTS: u32 = 5;

/// A judgement, and the items that were read for it.
pub struct Judged<T> {
    pub section: Section,
    pub found: T,
}

/// Judges until there is no finding, or until the item at `anchor` is the same before and after the judgement. `None`
/// if it changed every time.
pub async fn settled<T>(
    tables: &Tables,
    anchor: &Key,
    first: Option<Item>,
    judge: impl AsyncFn(Option<&Item>) -> Result<Judged<T>, AuditError>,
) -> Result<Option<Judged<T>>, AuditError> {
    let mut before = first;
    for _ in 0..ATTEMPTS {
        let judged = judge(before.as_ref()).await?;
        if judged.section.is_clean() {
            return Ok(Some(judged));
        }
        let after = tables.get(anchor).await?;
        if after == before {
            return Ok(Some(judged));
        }
        before = after;
    }
    Ok(None)
}
