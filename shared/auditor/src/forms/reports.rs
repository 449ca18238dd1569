//! The report sheet of a batch: every recipient's highest report.
//!
//! ```text
//! version | count of kinds | per kind: reported byte, code, network (length + text each)
//!         | per recipient 0, or one more than the place of its kind: in as few bits as the number of
//!           kinds has, from the lowest bit of the first byte on
//! ```

use super::{
    bytes::{Cursor, ReadError},
    status::Reported,
};

/// The reports of a batch with this number of recipients, by slot.
pub fn decode(bytes: &[u8], recipients: usize) -> Result<Vec<Option<Reported>>, ReadError> {
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
    let bits = (0..).take_while(|bits| kinds.len() >> bits > 0).count();
    let packed = cursor.take((recipients * bits).div_ceil(8))?;
    cursor.end()?;
    let reported = |kind: usize| match kind.checked_sub(1) {
        None => Ok(None),
        Some(kind) => kinds.get(kind).copied().map(Some).ok_or("a slot in it has no kind"),
    };
    (0..recipients).map(|slot| reported(number_at(packed, slot * bits, bits))).collect()
}

/// Reads a number of `bits` bits that begins at bit `from`.
fn number_at(bytes: &[u8], from: usize, bits: usize) -> usize {
    let is_set = |bit: &usize| bytes.get(bit / 8).is_some_and(|byte| byte & (1 << (bit % 8)) != 0);
    (from..from + bits).filter(is_set).map(|bit| 1 << (bit - from)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_written_by_hand_is_read() {
        let bytes = [1, 2, 2, 0, 2, b'6', b'3', 1, 1, b'E', 0, 0b01_10_00];
        assert_eq!(decode(&bytes, 3), Ok(vec![None, Some(Reported::Undelivered), Some(Reported::Delivered)]));
        assert_eq!(decode(&bytes, 5), Err("it ends early"));
        assert_eq!(decode(&[1, 0], 1), Ok(vec![None]));
        assert_eq!(decode(&[1, 2, 2, 0, 0, 1, 0, 0, 0b11], 1), Err("a slot in it has no kind"));
        assert_eq!(decode(&[2, 0], 0), Err("its version is unknown"));
    }
}
