//! If the process of an edit is killed, the book is left half edited. A marker leads the clock to the book, so that it
//! is repaired within minutes even if no request reads it.
//!
//! ```text
//! edit:  marker: EDITS / <until>#<org>#<book> ─▶ lease, which records <until> in the header ─▶ writes ─▶ lease gone
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
/// Sorts before the key of every marker, which begins with digits.
const FIRST_PLACE: &str = "0";
/// How long a marker covers the edits of its book: one write and one removal for all of them.
pub const MARKED_FOR: Millis = Millis::from_secs(10 * 60);
/// Most markers of which one run of the clock learns, the oldest first.
const MOST_MARKERS: u64 = 1_000;

/// A marker says all in its key.
#[derive(Serialize, Deserialize)]
struct MarkerRecord {}

/// A marker whose time is over: an edit of the book may have been left unfinished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeftEdit {
    book: BookKey,
    until: Timestamp,
}

/// The result of following a marker.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LeftEditFound {
    /// An edit was left unfinished, and was repaired. The marker is removed.
    Repaired,
    /// The book was consistent or no longer exists. The marker is removed.
    Whole,
    /// An edit holds the book, or the repair takes longer: the clock's next run tries again.
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

    /// Markers whose time is over, of all organisations.
    pub async fn left_edits(&self, now: Timestamp) -> Result<Vec<Result<LeftEdit, StoreError>>, StoreError> {
        let over = Range::of(EDITS).between(FIRST_PLACE, &markers_until(now)).limit(MOST_MARKERS);
        Ok(self.table.query(over).await?.into_iter().map(read_marker).collect())
    }

    /// Repairs the book if an edit was left unfinished, and removes the marker.
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
