//! The counts items of a large campaign: an entry for each batch of a run of batches.

use super::{
    Fields, Item, Unreadable,
    bytes::{Cursor, ReadError},
    counts::Counts,
    item::sort_key,
};

const KEPT: &str = "kept counts";

/// A counts item.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The number in its key.
    pub number: Option<u32>,
    /// Counts by batch number.
    pub entries: Vec<(u32, Counts)>,
    /// Seconds since the epoch.
    pub expires_at: Option<i64>,
}

impl Kept {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(KEPT, item)?;
        let number = sort_key(item).strip_prefix("COUNTS#").and_then(|digits| digits.parse().ok());
        let batches = item.keys().filter_map(|name| Some((name, name.strip_prefix('b')?.parse().ok()?)));
        let read = |(name, batch): (&String, u32)| {
            let counts = counts(fields.bytes(name)?).map_err(Unreadable::bytes(KEPT))?;
            Ok((batch, counts))
        };
        let entries = batches.map(read).collect::<Result<_, _>>()?;
        Ok(Self { number, entries, expires_at: fields.optional_integer("expires_at")? })
    }
}

/// A version, then the six counts (varints).
fn counts(bytes: &[u8]) -> Result<Counts, ReadError> {
    let mut cursor = Cursor::versioned(bytes)?;
    let mut count = || i64::try_from(cursor.varint()?).map_err(|_| "a count in it is too large");
    let counts = Counts {
        sent: count()?,
        delivered: count()?,
        undelivered: count()?,
        failed: count()?,
        unconfirmed: count()?,
        cancelled: count()?,
    };
    cursor.end()?;
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_written_by_hand_is_read() {
        let read = counts(&[1, 0xac, 0x02, 5, 1, 2, 3, 0]).unwrap();
        let expected =
            Counts { sent: 300, delivered: 5, undelivered: 1, failed: 2, unconfirmed: 3, cancelled: 0 };
        assert_eq!(read, expected);
        assert_eq!(counts(&[1, 0xac, 0x02, 5, 1, 2, 3]), Err("it ends early"));
        assert_eq!(counts(&[2, 1, 1, 1, 1, 1, 1]), Err("its version is unknown"));
    }
}
