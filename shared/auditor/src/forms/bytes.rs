//! Bytes: LEB128 varints, a CRC-32 at the end, and the packed set of numbers.
//!
//! ```text
//! version (1 byte, 1) | count (varint) | first, then gaps (varints) | CRC-32 of all before (4, LE)
//! ```

/// The only version of each packed form.
const VERSION: u8 = 1;

/// Why bytes cannot be read.
pub type ReadError = &'static str;

/// Reads bytes from their beginning.
pub struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// A cursor over bytes that begin with a version and end with a checksum, if both are right.
    pub fn checked(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let length = bytes.len().checked_sub(4).ok_or("it ends early")?;
        let (body, checksum) = bytes.split_at(length);
        if crc32fast::hash(body).to_le_bytes() != checksum {
            return Err("it does not match its checksum");
        }
        Self::versioned(body)
    }

    /// A cursor over bytes that begin with a version.
    pub fn versioned(bytes: &'a [u8]) -> Result<Self, ReadError> {
        match bytes.split_first() {
            Some((&VERSION, rest)) => Ok(Self(rest)),
            Some(_) => Err("its version is unknown"),
            None => Err("it is empty"),
        }
    }

    /// A cursor over bytes without a version.
    pub const fn bare(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> Result<u8, ReadError> {
        self.take(1).map(|bytes| bytes.first().copied().unwrap_or_default())
    }

    pub fn varint(&mut self) -> Result<u64, ReadError> {
        let mut value = 0u128;
        for place in 0..10 {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return u64::try_from(value).map_err(|_| "a number in it is too large");
            }
        }
        Err("a number in it does not end")
    }

    /// Reads a varint that is a length or a count.
    pub fn length(&mut self) -> Result<usize, ReadError> {
        usize::try_from(self.varint()?).map_err(|_| "a length in it is too large")
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], ReadError> {
        if length > self.0.len() {
            return Err("it ends early");
        }
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        Ok(taken)
    }

    pub const fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    pub fn end(self) -> Result<(), ReadError> {
        if self.0.is_empty() { Ok(()) } else { Err("something follows its end") }
    }
}

/// A packed set. The order of its numbers is judged elsewhere.
pub fn packed_numbers(bytes: &[u8]) -> Result<Vec<u64>, ReadError> {
    let mut cursor = Cursor::checked(bytes)?;
    let count = cursor.length()?;
    let mut numbers = Vec::with_capacity(count.min(bytes.len()));
    let mut last = 0u64;
    for _ in 0..count {
        last = last.checked_add(cursor.varint()?).ok_or("a number in it is too large")?;
        numbers.push(last);
    }
    cursor.end()?;
    Ok(numbers)
}

/// The leaf that a key belongs to: the top byte of the finaliser of SplitMix64 (Steele, Lea, Flood
/// 2014).
pub const fn leaf_of(key: u64) -> u8 {
    let seed = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let first = (seed ^ (seed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (second ^ (second >> 31)).to_be_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_checksum(body: &[u8]) -> Vec<u8> {
        let mut bytes = body.to_vec();
        bytes.extend(crc32fast::hash(body).to_le_bytes());
        bytes
    }

    #[test]
    fn a_set_written_by_hand_is_read() {
        // 7, then 300 more, then 1 more.
        let bytes = with_checksum(&[1, 3, 7, 0xac, 0x02, 1]);
        assert_eq!(packed_numbers(&bytes), Ok(vec![7, 307, 308]));
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let good = with_checksum(&[1, 1, 7]);
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(packed_numbers(&bad).is_err(), "bit {bit}");
        }
        assert_eq!(packed_numbers(&with_checksum(&[1, 1, 7, 7])), Err("something follows its end"));
        assert_eq!(packed_numbers(&with_checksum(&[2, 0])), Err("its version is unknown"));
        assert_eq!(packed_numbers(&with_checksum(&[1, 200, 1])), Err("it ends early"));
    }

    #[test]
    fn a_key_has_the_leaf_of_the_published_finaliser() {
        // SplitMix64 seeded with 0 and 1: 0xe220a8397b1dcdaf and 0x910a2dec89025cc1.
        assert_eq!((leaf_of(0), leaf_of(1)), (0xe2, 0x91));
    }
}
