//! The opt-outs of an organisation: leaves of numbers, and the origins of the numbers of each leaf.
//!
//! ```text
//! origins: version | earliest instant | count of kinds | per kind: source byte, sender (length + text)
//!          | per number: place of its kind, seconds after the earliest instant | CRC-32
//! ```

use super::{
    Fields, Item, Unreadable,
    bytes::{Cursor, ReadError, packed_numbers},
    item::sort_key,
};

const LEAF: &str = "an opt-out leaf";
const ORIGINS: &str = "the origins of an opt-out leaf";
const SOURCES: u8 = 3;

/// The numbers of a leaf.
#[derive(Clone)]
pub struct Leaf {
    pub revision: u64,
    pub phones: Vec<u64>,
}

/// The origins of a leaf's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origins {
    pub revision: u64,
    pub count: usize,
}

impl Leaf {
    /// A leaf and its number.
    pub fn read(item: &Item) -> Result<(u8, Self), Unreadable> {
        let fields = Fields::of(LEAF, item)?;
        let phones = packed_numbers(fields.bytes("phones")?).map_err(Unreadable::bytes(LEAF))?;
        Ok((leaf_number(&fields, item, "L#")?, Self { revision: fields.unsigned("revision")?, phones }))
    }
}

impl Origins {
    /// Origins and the number of their leaf.
    pub fn read(item: &Item) -> Result<(u8, Self), Unreadable> {
        let fields = Fields::of(ORIGINS, item)?;
        let count = count(fields.bytes("origins")?).map_err(Unreadable::bytes(ORIGINS))?;
        Ok((leaf_number(&fields, item, "O#")?, Self { revision: fields.unsigned("revision")?, count }))
    }
}

fn count(bytes: &[u8]) -> Result<usize, ReadError> {
    let mut cursor = Cursor::checked(bytes)?;
    cursor.varint()?;
    let kinds = cursor.varint()?;
    for _ in 0..kinds {
        if cursor.byte()? >= SOURCES {
            return Err("it has an unknown source");
        }
        let length = cursor.length()?;
        cursor.take(length)?;
    }
    let mut count = 0;
    while !cursor.is_at_end() {
        if cursor.varint()? >= kinds {
            return Err("a number in it has no kind");
        }
        cursor.varint()?;
        count += 1;
    }
    Ok(count)
}

fn leaf_number(fields: &Fields<'_>, item: &Item, prefix: &str) -> Result<u8, Unreadable> {
    let hex = sort_key(item).strip_prefix(prefix).filter(|hex| hex.len() == 2);
    hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).ok_or_else(|| fields.wrong("its key names no leaf"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(body: &[u8]) -> Result<usize, ReadError> {
        let mut bytes = body.to_vec();
        bytes.extend(crc32fast::hash(body).to_le_bytes());
        count(&bytes)
    }

    #[test]
    fn origins_written_by_hand_are_counted() {
        // From second 200 on: by the organisation; at the network, under "AB"; three numbers.
        let body = [1, 0xc8, 1, 2, 0, 0, 1, 2, b'A', b'B', 0, 0, 1, 7, 0, 0x80, 1];
        assert_eq!(counted(&body), Ok(3));
        assert_eq!(counted(&[1, 0, 1, 3, 0]), Err("it has an unknown source"));
        assert_eq!(counted(&[1, 0, 1, 2, 0, 1, 0]), Err("a number in it has no kind"));
        assert_eq!(counted(&[1, 0, 1, 2, 0, 0]), Err("it ends early"));
    }
}
