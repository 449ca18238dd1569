//! The one packed form of a sorted set of phone numbers (or of the hashes of contacts without one):
//! delta-coded varints with a version, a count and a checksum.
//!
//! ```text
//! version (1 byte) | count (varint) | first, then gaps (varints) | CRC-32 of all before (4 bytes, LE)
//! ```
//! A million Kenyan numbers take about two bytes each. Rosters, batch plans and opt-outs use it.

use thiserror::Error;

use crate::msisdn::{Msisdn, MsisdnError};

/// The version that is written. A reader rejects any other, because a wrong number is worse than none.
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;

/// Why bytes are not a packed set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PackedError {
    /// The bytes end too early.
    #[error("packed numbers end early")]
    Truncated,
    /// Written in a version that this code does not know.
    #[error("packed numbers have the unknown version {0}")]
    UnknownVersion(u8),
    /// The checksum says that a byte changed.
    #[error("packed numbers do not match their checksum")]
    Corrupt,
    /// A number in it is not a phone number, although the checksum is right.
    #[error("a packed number is not a phone number: {0}")]
    NotAPhoneNumber(#[from] MsisdnError),
}

/// The members of a packed set: phone numbers, or (as bare integers) the hashes of contacts without one.
pub trait PackedKey: Copy + Ord {
    /// The integer to pack.
    fn to_packed(self) -> u64;
    /// Checks an integer that was read. Its order must be the integers' own.
    fn from_packed(integer: u64) -> Result<Self, PackedError>;
}

impl PackedKey for Msisdn {
    fn to_packed(self) -> u64 {
        self.as_u64()
    }

    fn from_packed(integer: u64) -> Result<Self, PackedError> {
        Ok(Self::from_digits(integer)?)
    }
}

impl PackedKey for u64 {
    fn to_packed(self) -> u64 {
        self
    }

    fn from_packed(integer: u64) -> Result<Self, PackedError> {
        Ok(integer)
    }
}

/// Packs keys that rise strictly.
pub fn pack<K: PackedKey>(sorted: &[K]) -> Vec<u8> {
    debug_assert!(sorted.is_sorted_by(|a, b| a < b));
    let mut bytes = Vec::with_capacity(sorted.len() * 3 + 16);
    bytes.push(VERSION);
    write_varint(&mut bytes, sorted.len() as u64);
    let mut previous = 0;
    for key in sorted {
        let integer = key.to_packed();
        write_varint(&mut bytes, integer - previous);
        previous = integer;
    }
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Unpacks into a list that rises strictly.
pub fn unpack<K: PackedKey>(bytes: &[u8]) -> Result<Vec<K>, PackedError> {
    let mut keys = Vec::new();
    unpack_into(bytes, &mut keys)?;
    Ok(keys)
}

/// Appends the unpacked keys to `keys`, so that many runs can share one buffer.
pub fn unpack_into<K: PackedKey>(bytes: &[u8], keys: &mut Vec<K>) -> Result<(), PackedError> {
    let mut reader = Reader::open(bytes)?;
    let count = reader.count()?;
    keys.reserve(count);
    let mut previous = 0u64;
    for place in 0..count {
        let gap = reader.varint()?;
        if gap == 0 && place > 0 {
            return Err(PackedError::Corrupt);
        }
        previous = previous.checked_add(gap).ok_or(PackedError::Corrupt)?;
        keys.push(K::from_packed(previous)?);
    }
    reader.finish()
}

/// The count of keys in a packed set, without unpacking them.
pub fn count(bytes: &[u8]) -> Result<u64, PackedError> {
    Reader::open(bytes)?.count().map(|count| count as u64)
}

/// Appends an LEB128 varint.
pub fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Reads the output of `write_varint` and its callers; every way in which it can be too short is an error.
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader of a packed set, whose version and checksum are checked first.
    fn open(bytes: &'a [u8]) -> Result<Self, PackedError> {
        let (body, checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(PackedError::Truncated)?;
        let (&version, rest) = body.split_first().ok_or(PackedError::Truncated)?;
        if version != VERSION {
            return Err(PackedError::UnknownVersion(version));
        }
        if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
            return Err(PackedError::Corrupt);
        }
        Ok(Self { bytes: rest })
    }

    /// The count of keys that follow. Each key takes at least a byte, so a forged count cannot allocate more memory
    /// than the input has.
    fn count(&mut self) -> Result<usize, PackedError> {
        let count = usize::try_from(self.varint()?).map_err(|_| PackedError::Truncated)?;
        if count > self.bytes.len() { Err(PackedError::Truncated) } else { Ok(count) }
    }

    /// A reader of bytes whose version and checksum the caller has checked.
    pub const fn over(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8, PackedError> {
        let (&byte, rest) = self.bytes.split_first().ok_or(PackedError::Truncated)?;
        self.bytes = rest;
        Ok(byte)
    }

    /// The next varint.
    pub fn varint(&mut self) -> Result<u64, PackedError> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(PackedError::Corrupt);
            }
            value |= part << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(PackedError::Corrupt)
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], PackedError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or(PackedError::Truncated)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Checks that no byte is left.
    pub fn finish(self) -> Result<(), PackedError> {
        if self.bytes.is_empty() { Ok(()) } else { Err(PackedError::Corrupt) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_was_written_and_is_small() {
        let numbers: Vec<u64> = (0..1000).map(|i| 254_700_000_000 + i * 397).collect();
        let bytes = pack(&numbers);
        assert_eq!(unpack(&bytes), Ok(numbers));
        assert_eq!(count(&bytes), Ok(1000));
        assert!(bytes.len() < 2_100, "{}", bytes.len());
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = pack(&[7_u64, 254_712_345_678, 254_712_345_679]);
        for cut in 0..bytes.len() {
            assert!(unpack::<u64>(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(unpack::<u64>(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_repeated_number_and_a_count_without_numbers_are_damage() {
        let framed = |body: &[u8]| [body, &crc32fast::hash(body).to_le_bytes()].concat();
        assert_eq!(unpack(&framed(&[VERSION, 3, 0, 5, 1])), Ok(vec![0_u64, 5, 6]));
        assert_eq!(unpack::<u64>(&framed(&[VERSION, 3, 0, 5, 0])), Err(PackedError::Corrupt));
        let many = framed(&[VERSION, 0xff, 0xff, 0xff, 0xff, 0x0f, 5]);
        assert_eq!(unpack::<u64>(&many), Err(PackedError::Truncated));
        assert_eq!(count(&many), Err(PackedError::Truncated));
    }

    #[test]
    fn phone_numbers_are_read_as_they_were_written_and_other_integers_are_refused() {
        let numbers = [1_000_000, 254_712_345_678].map(|digits| Msisdn::from_digits(digits).unwrap());
        assert_eq!(unpack(&pack(&numbers)), Ok(numbers.to_vec()));
        let refused = |integers: &[u64]| unpack::<Msisdn>(&pack(integers)).unwrap_err();
        assert_eq!(refused(&[0, 254_712_345_678]), MsisdnError::TooShort.into());
        assert_eq!(refused(&[254_712_345_678, u64::MAX]), MsisdnError::TooLong.into());
    }

    #[test]
    fn a_newer_form_is_refused_by_name() {
        let mut bytes = pack(&[1_u64]);
        bytes[0] = 2;
        assert_eq!(unpack::<u64>(&bytes), Err(PackedError::UnknownVersion(2)));
    }

    #[test]
    fn a_varint_has_no_padding() {
        for number in [0, 127, 128, u64::from(u32::MAX), u64::MAX >> 1, u64::MAX] {
            let mut bytes = Vec::new();
            write_varint(&mut bytes, number);
            let mut reader = Reader::over(&bytes);
            assert_eq!((reader.varint(), reader.finish()), (Ok(number), Ok(())));
        }
        let tenth = |byte| [&[0xff; 9][..], &[byte]].concat();
        assert_eq!(Reader::over(&tenth(1)).varint(), Ok(u64::MAX));
        assert_eq!(Reader::over(&tenth(2)).varint(), Err(PackedError::Corrupt), "more than a number holds");
        assert_eq!(Reader::over(&tenth(0x81)).varint(), Err(PackedError::Corrupt), "longer than a number is");
        assert_eq!(Reader::over(&[0]).finish(), Err(PackedError::Corrupt));
    }
}
