//! Judging what may be moving: between two looks at the item that every move touches.

use crate::{
    error::AuditError,
    forms::Item,
    section::Section,
    tables::{Key, Tables},
};

/// Times that something is read before it is given up as moving.
const ATTEMPTS: u32 = 5;

/// What was judged, with whatever else was learnt.
pub struct Judged<T> {
    pub section: Section,
    pub found: T,
}

/// Judges until nothing is found, or until what was found stood still: until the item at `anchor` is the
/// same before and after. `None` where it moved every time.
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
