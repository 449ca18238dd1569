//! The report sheet of a batch: every recipient's highest report.
//!
//! ```text
//! version | count of kinds | per kind: reported byte, code, network (length + text each)
//!         | per recipient a byte: 0, or one more than the place of its kind
//! ```

use super::{
    bytes::{Cursor, Why},
    status::Reported,
};

/// The reports of a batch of so many recipients, by slot.
pub fn decode(bytes: &[u8], recipients: usize) -> Result<Vec<Option<Reported>>, Why> {
    let mut cursor = Cursor::versioned(bytes)?;
    let mut kinds = Vec::new();
    for _ in 0..cursor.length()? {
        kinds.push(match cursor.byte()? {
            0 => Reported::InTransit,
            1 => Reported::Undelivered,
            2 => Reported::Delivered,
            _ => return Err("it has an unknown kind of report"),
        });
        for _ in ["code", "network"] {
            let length = cursor.length()?;
            cursor.take(length)?;
        }
    }
    let slots = cursor.take(recipients)?;
    cursor.end()?;
    let reported = |kind: &u8| match kind.checked_sub(1) {
        None => Ok(None),
        Some(kind) => kinds.get(usize::from(kind)).copied().map(Some).ok_or("a slot in it has no kind"),
    };
    slots.iter().map(reported).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_written_by_hand_is_read() {
        let bytes = [1, 2, 2, 0, 2, b'6', b'3', 1, 1, b'E', 0, 0, 2, 1];
        assert_eq!(decode(&bytes, 3), Ok(vec![None, Some(Reported::Undelivered), Some(Reported::Delivered)]));
        assert_eq!(decode(&bytes, 4), Err("it ends early"));
        assert_eq!(decode(&[1, 0, 1], 1), Err("a slot in it has no kind"));
    }
}
