//! The stored form of a journal record.
//!
//! ```text
//! version (1) | token | at (ms) | outcomes | dropped | slots of the intent | its account, if any | CRC-32 (4, LE)
//! ```
//! Numbers are varints, slots are runs of (gap, length), and provider ids are stored against the one
//! before: a hundred ids of one provider share their beginning, and hex digits take half a byte.

use super::record::{DropReason, Intent, Record, SlotOutcome, Slots};
use crate::{
    ids::{AccountName, MAX_SLOTS},
    outcome::RefusalReason,
    packed::{PackedError, Reader, write_varint},
    timestamp::Timestamp,
};

const VERSION: u8 = 1;
/// Longest id that is read, in bytes: providers' are cut off at a hundred. An id says what it shares with the one
/// before in three bytes, so that without an end a few of them could ask for any amount of memory.
const LONGEST_ID: usize = 1_024;
/// Most slots of a list, and most outcomes.
const MOST_SLOTS: u64 = MAX_SLOTS as u64;

const ACCEPTED: u8 = 0;
const ACCEPTED_UNNAMED: u8 = 1;
const REFUSED: u8 = 2;
const PUT_OFF: u8 = 3;
const NOT_TAKEN: u8 = 4;
const UNKNOWN: u8 = 5;
const UNLISTED: u8 = 6;
const DECLINED: u8 = 7;

/// A record's bytes.
pub fn encode(record: &Record) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    write_varint(&mut bytes, record.token);
    write_varint(&mut bytes, record.at.millis().unsigned_abs());
    encode_outcomes(&mut bytes, &record.outcomes);
    write_varint(&mut bytes, record.dropped.len() as u64);
    for (reason, slots) in &record.dropped {
        bytes.push(place(&DropReason::ALL, reason));
        encode_slots(&mut bytes, slots);
    }
    encode_intent(&mut bytes, record.intent.as_ref());
    let checksum = crc32fast::hash(&bytes);
    bytes.extend_from_slice(&checksum.to_le_bytes());
    bytes
}

/// Reads a record.
pub fn decode(bytes: &[u8]) -> Result<Record, PackedError> {
    let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(PackedError::Truncated)?;
    let mut reader = Reader::over(body);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(PackedError::UnknownVersion(version));
    }
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(PackedError::Corrupt);
    }
    let token = reader.varint()?;
    let at = Timestamp::from_millis(i64::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?);
    let outcomes = decode_outcomes(&mut reader)?;
    let mut dropped = Vec::new();
    let lists = reader.varint()?;
    if lists > DropReason::ALL.len() as u64 {
        return Err(PackedError::Corrupt);
    }
    for _ in 0..lists {
        let reason = *DropReason::ALL.get(usize::from(reader.byte()?)).ok_or(PackedError::Corrupt)?;
        dropped.push((reason, decode_slots(&mut reader)?));
    }
    let intent = decode_intent(&mut reader)?;
    reader.finish()?;
    Ok(Record { token, at, outcomes, dropped, intent })
}

fn place<T: PartialEq>(list: &[T], item: &T) -> u8 {
    list.iter().position(|other| other == item).unwrap_or_default() as u8
}

fn encode_outcomes(bytes: &mut Vec<u8>, outcomes: &[SlotOutcome]) {
    write_varint(bytes, outcomes.len() as u64);
    let mut previous = "";
    for outcome in outcomes {
        match outcome {
            SlotOutcome::Accepted(Some(id)) => {
                bytes.push(ACCEPTED);
                encode_id(bytes, previous, id);
                previous = id;
            }
            SlotOutcome::Accepted(None) => bytes.push(ACCEPTED_UNNAMED),
            SlotOutcome::Refused(reason, code) => encode_refusal(bytes, REFUSED, *reason, code),
            SlotOutcome::Declined(reason, code) => encode_refusal(bytes, DECLINED, *reason, code),
            SlotOutcome::PutOff => bytes.push(PUT_OFF),
            SlotOutcome::NotTaken => bytes.push(NOT_TAKEN),
            SlotOutcome::Unknown => bytes.push(UNKNOWN),
            SlotOutcome::Unlisted(code) => {
                bytes.push(UNLISTED);
                encode_text(bytes, code);
            }
        }
    }
}

fn decode_outcomes(reader: &mut Reader<'_>) -> Result<Vec<SlotOutcome>, PackedError> {
    let mut outcomes = Vec::new();
    let mut previous = String::new();
    let count = reader.varint()?;
    if count > MOST_SLOTS {
        return Err(PackedError::Corrupt);
    }
    for _ in 0..count {
        outcomes.push(match reader.byte()? {
            ACCEPTED => {
                previous = decode_id(reader, &previous)?;
                SlotOutcome::Accepted(Some(previous.clone()))
            }
            ACCEPTED_UNNAMED => SlotOutcome::Accepted(None),
            REFUSED => SlotOutcome::Refused(decode_reason(reader)?, decode_text(reader)?),
            DECLINED => {
                let reason = Some(decode_reason(reader)?).filter(|reason| reason.may_go_elsewhere());
                SlotOutcome::Declined(reason.ok_or(PackedError::Corrupt)?, decode_text(reader)?)
            }
            PUT_OFF => SlotOutcome::PutOff,
            NOT_TAKEN => SlotOutcome::NotTaken,
            UNKNOWN => SlotOutcome::Unknown,
            UNLISTED => SlotOutcome::Unlisted(decode_text(reader)?),
            _ => return Err(PackedError::Corrupt),
        });
    }
    Ok(outcomes)
}

fn encode_refusal(bytes: &mut Vec<u8>, kind: u8, reason: RefusalReason, code: &str) {
    bytes.extend([kind, place(&RefusalReason::ALL, &reason)]);
    encode_text(bytes, code);
}

fn decode_reason(reader: &mut Reader<'_>) -> Result<RefusalReason, PackedError> {
    RefusalReason::ALL.get(usize::from(reader.byte()?)).copied().ok_or(PackedError::Corrupt)
}

fn encode_intent(bytes: &mut Vec<u8>, intent: Option<&Intent>) {
    let slots = intent.map_or(&[][..], |intent| &intent.slots);
    encode_slots(bytes, slots);
    if let Some(intent) = intent {
        encode_text(bytes, intent.account.as_str());
    }
}

/// An intent without recipients reads as none, so that a record with one has no stored form.
fn decode_intent(reader: &mut Reader<'_>) -> Result<Option<Intent>, PackedError> {
    let slots = decode_slots(reader)?;
    if slots.is_empty() {
        return Ok(None);
    }
    let account: AccountName = decode_text(reader)?.parse().map_err(|_| PackedError::Corrupt)?;
    Ok(Intent::new(account, slots))
}

/// Shared beginning with the id before, then the rest: `length << 1 | 1` and half as many bytes for
/// hex, `length << 1` and the text otherwise.
fn encode_id(bytes: &mut Vec<u8>, previous: &str, id: &str) {
    let mut shared = previous.bytes().zip(id.bytes()).take_while(|(a, b)| a == b).count();
    while !id.is_char_boundary(shared) {
        shared -= 1;
    }
    // An odd run of hex digits takes one digit of the shared beginning along, to come out even.
    let longer = shared.checked_sub(1).and_then(|before| id.get(before..));
    if (id.len() - shared) % 2 == 1 && longer.and_then(packed_hex).is_some() {
        shared -= 1;
    }
    let rest = &id[shared..];
    write_varint(bytes, shared as u64);
    match packed_hex(rest) {
        Some(hex) => {
            write_varint(bytes, (hex.len() as u64) << 1 | 1);
            bytes.extend(hex);
        }
        None => {
            write_varint(bytes, (rest.len() as u64) << 1);
            bytes.extend(rest.bytes());
        }
    }
}

fn decode_id(reader: &mut Reader<'_>, previous: &str) -> Result<String, PackedError> {
    let shared = usize::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?;
    let mut id = previous.get(..shared).ok_or(PackedError::Corrupt)?.to_owned();
    let length = reader.varint()?;
    let rest = reader.take(usize::try_from(length >> 1).map_err(|_| PackedError::Corrupt)?)?;
    if shared + rest.len() > LONGEST_ID {
        return Err(PackedError::Corrupt);
    }
    if length & 1 == 1 {
        id.extend(rest.iter().flat_map(|byte| [byte >> 4, byte & 0xf]).map(hex_digit));
    } else {
        id.push_str(std::str::from_utf8(rest).map_err(|_| PackedError::Corrupt)?);
    }
    Ok(id)
}

fn packed_hex(text: &str) -> Option<Vec<u8>> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|&[high, low]| Some(value(high)? << 4 | value(low)?)).collect()
}

const fn hex_digit(value: u8) -> char {
    (if value < 10 { b'0' + value } else { b'a' + value - 10 }) as char
}

fn encode_text(bytes: &mut Vec<u8>, text: &str) {
    write_varint(bytes, text.len() as u64);
    bytes.extend(text.bytes());
}

fn decode_text(reader: &mut Reader<'_>) -> Result<String, PackedError> {
    let length = usize::try_from(reader.varint()?).map_err(|_| PackedError::Corrupt)?;
    String::from_utf8(reader.take(length)?.to_vec()).map_err(|_| PackedError::Corrupt)
}

/// Runs of neighbours: (gap since the end of the run before, length).
fn encode_slots(bytes: &mut Vec<u8>, slots: &[u16]) {
    let runs: Vec<&[u16]> = slots.chunk_by(|a, b| a.checked_add(1) == Some(*b)).collect();
    write_varint(bytes, runs.len() as u64);
    let mut end = 0;
    for run in runs {
        let first = run.first().copied().unwrap_or_default();
        write_varint(bytes, u64::from(first.saturating_sub(end)));
        write_varint(bytes, run.len() as u64);
        end = first.saturating_add(run.len() as u16);
    }
}

fn decode_slots(reader: &mut Reader<'_>) -> Result<Slots, PackedError> {
    let mut slots = Slots::new();
    let mut end = 0u64;
    for _ in 0..reader.varint()? {
        let first = end.checked_add(reader.varint()?).ok_or(PackedError::Corrupt)?;
        end = first
            .checked_add(reader.varint()?)
            .filter(|end| *end <= MOST_SLOTS)
            .ok_or(PackedError::Corrupt)?;
        slots.extend((first..end).map(|slot| slot as u16));
    }
    Ok(slots)
}
