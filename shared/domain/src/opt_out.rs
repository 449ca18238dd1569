//! The origin of an opt-out, and the packed form of the origins of many numbers.
//!
//! ```text
//! version (1) | earliest instant (s) | kinds | per kind: source byte, sender (length and text; empty: none)
//!             | per number: its kind, seconds after the earliest instant | CRC-32 of all before (4, LE)
//! ```
//! Integers are varints. The numbers are not repeated: their origins have the order of a packed set of them.

use crate::{
    packed::{PackedError, Reader, write_varint},
    sender_id::SenderId,
    timestamp::Timestamp,
};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum OptOutSource {
    /// The organisation added the number to its list.
    Organisation,
    /// The person told the network.
    Network,
    /// The provider refused a message because the person had opted out.
    Refusal,
}

impl OptOutSource {
    /// Every source; the place in this list is its stored form.
    pub const ALL: [Self; 3] = [Self::Organisation, Self::Network, Self::Refusal];

    /// The source as customers read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Network => "network",
            Self::Refusal => "provider",
        }
    }
}

/// The source and the time of an opt-out.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct OptOutOrigin {
    source: OptOutSource,
    sender: Option<SenderId>,
    at: Timestamp,
}

impl OptOutOrigin {
    /// An origin; its instant is cut to whole seconds. `sender` is the sender id from which the person no longer wants
    /// texts, if it is known.
    pub fn new(source: OptOutSource, sender: Option<SenderId>, at: Timestamp) -> Self {
        Self { source, sender, at: Timestamp::from_secs(at.secs().max(0)) }
    }

    pub const fn source(&self) -> OptOutSource {
        self.source
    }

    pub const fn sender(&self) -> Option<&SenderId> {
        self.sender.as_ref()
    }

    /// When the number was added to the list.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

const VERSION: u8 = 1;

/// Packs origins in the order of their numbers.
pub fn pack_origins(origins: &[OptOutOrigin]) -> Vec<u8> {
    let earliest = origins.iter().map(|origin| origin.at.secs()).min().unwrap_or_default();
    let mut kinds: Vec<(OptOutSource, Option<&SenderId>)> = Vec::new();
    let mut entries = Vec::with_capacity(origins.len() * 5);
    for origin in origins {
        let kind = (origin.source, origin.sender.as_ref());
        let place = kinds.iter().position(|known| *known == kind).unwrap_or_else(|| {
            kinds.push(kind);
            kinds.len() - 1
        });
        write_varint(&mut entries, place as u64);
        write_varint(&mut entries, origin.at.secs().abs_diff(earliest));
    }
    let mut bytes = vec![VERSION];
    write_varint(&mut bytes, earliest.unsigned_abs());
    write_varint(&mut bytes, kinds.len() as u64);
    for (source, sender) in kinds {
        let sender = sender.map_or("", SenderId::as_str);
        bytes.push(source as u8);
        write_varint(&mut bytes, sender.len() as u64);
        bytes.extend(sender.bytes());
    }
    bytes.extend(entries);
    let checksum = crc32fast::hash(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

pub fn unpack_origins(bytes: &[u8], numbers: usize) -> Result<Vec<OptOutOrigin>, PackedError> {
    let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(PackedError::Truncated)?;
    let mut reader = Reader::over(body);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(PackedError::UnknownVersion(version));
    }
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(PackedError::Corrupt);
    }
    let earliest = reader.varint()?;
    let mut kinds = Vec::new();
    for _ in 0..reader.varint()? {
        kinds.push(read_kind(&mut reader)?);
    }
    let mut origins = Vec::new();
    for _ in 0..numbers {
        let place = usize::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?;
        let (source, sender) = kinds.get(place).cloned().ok_or(PackedError::Corrupt)?;
        let secs = earliest.checked_add(reader.varint()?).filter(|secs| *secs <= LATEST_SECS);
        let at = Timestamp::from_secs(secs.ok_or(PackedError::Corrupt)? as i64);
        origins.push(OptOutOrigin { source, sender, at });
    }
    reader.finish().map(|()| origins)
}

/// The last second of the year 9999: later instants cannot be shown.
const LATEST_SECS: u64 = 253_402_300_799;

fn read_kind(reader: &mut Reader<'_>) -> Result<(OptOutSource, Option<SenderId>), PackedError> {
    let source = *OptOutSource::ALL.get(usize::from(reader.byte()?)).ok_or(PackedError::Corrupt)?;
    let length = usize::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?;
    let text = std::str::from_utf8(reader.take(length)?).map_err(|_| PackedError::Corrupt)?;
    let sender = (!text.is_empty()).then(|| SenderId::parse(text)).transpose();
    Ok((source, sender.map_err(|_| PackedError::Corrupt)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(source: OptOutSource, sender: Option<&str>, secs: i64) -> OptOutOrigin {
        let sender = sender.map(|sender| SenderId::parse(sender).unwrap());
        OptOutOrigin::new(source, sender, Timestamp::from_secs(secs))
    }

    #[test]
    fn origins_are_read_as_they_were_written_and_take_a_few_bytes_each() {
        let day = 86_400;
        let origins: Vec<OptOutOrigin> = (0..1_000)
            .map(|n| match n % 3 {
                0 => origin(OptOutSource::Organisation, None, 1_795_420_805 + n * day / 10),
                1 => origin(OptOutSource::Network, Some("TALKNTALK"), 1_795_420_805 + n * day / 10),
                _ => origin(OptOutSource::Refusal, Some("ACME"), 1_795_420_805 + n * day / 10),
            })
            .collect();
        let bytes = pack_origins(&origins);
        assert!(bytes.len() < 5_200, "{}", bytes.len());
        assert_eq!(unpack_origins(&bytes, 1_000), Ok(origins));
    }

    #[test]
    fn an_origin_keeps_whole_seconds() {
        let at = Timestamp::from_millis(1_795_420_805_999);
        let origin = OptOutOrigin::new(OptOutSource::Network, None, at);
        assert_eq!(origin.at(), Timestamp::from_secs(1_795_420_805));
    }

    #[test]
    fn origins_with_another_count_or_of_a_newer_version_are_refused() {
        let bytes = pack_origins(&[origin(OptOutSource::Organisation, None, 7)]);
        assert_eq!(unpack_origins(&bytes, 0), Err(PackedError::Corrupt));
        assert_eq!(unpack_origins(&bytes, 2), Err(PackedError::Truncated));
        let mut newer = bytes;
        newer[0] = 2;
        assert_eq!(unpack_origins(&newer, 1), Err(PackedError::UnknownVersion(2)));
    }
}
