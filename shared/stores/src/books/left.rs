//! An edit whose process is killed leaves its book half edited. A marker leads the clock to the book, so that it is
//! whole again within minutes even if no request reads it.
//!
//! ```text
//! edit:  marker: EDITS / <until>#<org>#<book> ─▶ lease, which notes <until> in the header ─▶ writes ─▶ lease gone
//!           └ later edits until then need no marker of their own
//! clock, every minute: markers whose <until> is over ─▶ the edit that the header names is repaired ─▶ marker gone
//! ```
//! A lease is given only if it ends before the marker does. So a header never names an edit without a marker.

use domain::{
    keys::BookKey,
    timestamp::{Millis, Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{
    keys::{EDITS, marked_book, marker_key, markers_until},
    store::AddressBooks,
};
use crate::{
    error::StoreError,
    item::{Item, Key, from_item, to_item},
    table::{Change, Range},
};

const MARKER: &str = "the marker of edits of an address book";
/// Before the place of every marker, which begins with digits.
const FIRST_PLACE: &str = "0";
/// How long a marker serves the edits of its book: one write and one removal for all of them.
pub const MARKED_FOR: Millis = Millis::from_secs(10 * 60);
/// Most markers of which one run of the clock learns, the oldest first.
const MOST_MARKERS: u64 = 1_000;

/// A marker says all in its key.
#[derive(Serialize, Deserialize)]
struct MarkerRecord {}

/// A marker that is over: an edit of the book may have been left unfinished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeftEdit {
    book: BookKey,
    until: Timestamp,
}

/// How far the book of a marker is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeftEditFound {
    /// An edit was left unfinished, and was repaired. The marker is gone.
    Repaired,
    /// The book was whole, or there is no such book any more. The marker is gone.
    Whole,
    /// An edit holds the book, or the repair takes longer: the next run looks again.
    UnderWay,
}

impl AddressBooks {
    /// Marks a book before an edit; returns the end of the marker.
    pub(super) async fn mark(&self, book: BookKey, now: Timestamp) -> Result<Timestamp, StoreError> {
        let until = now.plus(MARKED_FOR);
        let marker = to_item(&marker_key(book, until), MARKER, &MarkerRecord {})?;
        self.table.put_when(marker, Change::default()).await?;
        Ok(until)
    }

    /// Markers that are over, of all organisations.
    pub async fn left_edits(&self, now: Timestamp) -> Result<Vec<Result<LeftEdit, StoreError>>, StoreError> {
        let over = Range::of(EDITS).between(FIRST_PLACE, &markers_until(now)).limit(MOST_MARKERS);
        Ok(self.table.query(over).await?.into_iter().map(read_marker).collect())
    }

    /// Repairs what an edit left of its book, if it left anything, and removes the marker.
    pub async fn finish_left(&self, left: LeftEdit, now: Timestamp) -> Result<LeftEditFound, StoreError> {
        let header = self.read_header(left.book).await?;
        let was_left = header.as_ref().is_some_and(|header| header.expired_edit(now).is_some());
        let header = if was_left { self.header(left.book, now).await? } else { header };
        if header.is_some_and(|header| header.edit.is_some() && header.marked_until <= Some(left.until)) {
            return Ok(LeftEditFound::UnderWay);
        }
        self.table.delete(&marker_key(left.book, left.until)).await?;
        Ok(if was_left { LeftEditFound::Repaired } else { LeftEditFound::Whole })
    }
}

fn read_marker(item: Item) -> Result<LeftEdit, StoreError> {
    let named = marked_book(&Key::of(&item));
    let MarkerRecord {} = from_item(MARKER, item)?;
    let no_book = || StoreError::Unreadable { what: MARKER, reason: "its key names no book".to_owned() };
    let (book, until) = named.ok_or_else(no_book)?;
    Ok(LeftEdit { book, until })
}
