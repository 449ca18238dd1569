//! A record of a batch's journal.
//!
//! ```text
//! version | token | at (ms) | outcomes | dropped | slots of the intent | its account, if it has any slot | CRC-32
//! outcomes: count, then per recipient a byte: 0 accepted + id, 1 accepted, 2 refused + reason byte +
//!           code, 3 looked at and put off, 4 the provider looked at no recipient, 5 unknown,
//!           6 unknown with an unlisted code, 7 declined by this account + reason byte + code
//! id:       length shared with the id before, then (length << 1 | hex?) and the rest
//! dropped:  count, then a reason byte (0 opted out, 1 cancelled, 2 expired, 3 given up, 4 unrouted) and slots
//! slots:    count of runs, then (gap since the run before, length) each
//! ```
//! All numbers except the single bytes are varints.

use super::bytes::{Cursor, ReadError};

const REFUSAL_REASONS: u8 = 8;
/// Refusal reasons after which another account may try: not served, no route, rejected by a gateway.
const REASONS_OF_AN_ACCOUNT: [u8; 3] = [1, 4, 5];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub token: u64,
    pub outcomes: Vec<Outcome>,
    pub dropped: Vec<(Dropped, Vec<u16>)>,
    pub intent: Vec<u16>,
    /// The account that the intent goes to; empty without an intent.
    pub account: String,
}

/// The outcome of one recipient of the intent before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Accepted,
    Refused,
    Declined,
    Returned,
    NotTaken,
    Unknown,
}

/// Why a recipient will not be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    OnPurpose,
    Expired,
    PutOff,
    Unrouted,
}

impl Record {
    pub fn decode(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut cursor = Cursor::checked(bytes)?;
        let (token, _at) = (cursor.varint()?, cursor.varint()?);
        let outcomes = outcomes(&mut cursor)?;
        let mut dropped = Vec::new();
        for _ in 0..cursor.length()? {
            let reason = match cursor.byte()? {
                0 | 1 => Dropped::OnPurpose,
                2 => Dropped::Expired,
                3 => Dropped::PutOff,
                4 => Dropped::Unrouted,
                _ => return Err("it drops a recipient for an unknown reason"),
            };
            dropped.push((reason, slots(&mut cursor)?));
        }
        let intent = slots(&mut cursor)?;
        let account = if intent.is_empty() { String::new() } else { account(&mut cursor)? };
        cursor.end()?;
        Ok(Self { token, outcomes, dropped, intent, account })
    }
}

fn outcomes(cursor: &mut Cursor<'_>) -> Result<Vec<Outcome>, ReadError> {
    let mut outcomes = Vec::new();
    let mut id_length = 0;
    for _ in 0..cursor.length()? {
        outcomes.push(match cursor.byte()? {
            0 => {
                id_length = id(cursor, id_length)?;
                Outcome::Accepted
            }
            1 => Outcome::Accepted,
            2 => refusal(cursor).map(|_| Outcome::Refused)?,
            3 => Outcome::Returned,
            4 => Outcome::NotTaken,
            5 => Outcome::Unknown,
            6 => unlisted(cursor)?,
            7 => declined(cursor)?,
            _ => return Err("it has an unknown outcome"),
        });
    }
    Ok(outcomes)
}

/// Skips an id, which is not needed here; returns its length.
fn id(cursor: &mut Cursor<'_>, length_before: usize) -> Result<usize, ReadError> {
    let shared = cursor.length()?;
    if shared > length_before {
        return Err("an id in it refers to more characters than the id before it has");
    }
    let rest = cursor.length()?;
    let (bytes, is_hex) = (rest >> 1, rest & 1 == 1);
    cursor.take(bytes)?;
    Ok(shared + if is_hex { bytes * 2 } else { bytes })
}

/// Reads past the reason and the code of a refusal.
fn refusal(cursor: &mut Cursor<'_>) -> Result<u8, ReadError> {
    let reason = cursor.byte()?;
    if reason >= REFUSAL_REASONS {
        return Err("it records a refusal for an unknown reason");
    }
    let length = cursor.length()?;
    cursor.take(length)?;
    Ok(reason)
}

fn declined(cursor: &mut Cursor<'_>) -> Result<Outcome, ReadError> {
    match REASONS_OF_AN_ACCOUNT.contains(&refusal(cursor)?) {
        true => Ok(Outcome::Declined),
        false => Err("an account declines a recipient for a reason that every account would have"),
    }
}

fn account(cursor: &mut Cursor<'_>) -> Result<String, ReadError> {
    let length = cursor.length()?;
    let name = std::str::from_utf8(cursor.take(length)?).ok().filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or("its intent names no account")
}

fn unlisted(cursor: &mut Cursor<'_>) -> Result<Outcome, ReadError> {
    let length = cursor.length()?;
    cursor.take(length)?;
    Ok(Outcome::Unknown)
}

fn slots(cursor: &mut Cursor<'_>) -> Result<Vec<u16>, ReadError> {
    let mut slots = Vec::new();
    let mut end = 0u64;
    for _ in 0..cursor.length()? {
        let first = end.checked_add(cursor.varint()?).ok_or("a slot in it is too large")?;
        end = first.checked_add(cursor.varint()?).ok_or("a slot in it is too large")?;
        if end > u64::from(u16::MAX) {
            return Err("a slot in it is too large");
        }
        slots.extend((first..end).filter_map(|slot| u16::try_from(slot).ok()));
    }
    Ok(slots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(body: &[u8]) -> Result<Record, ReadError> {
        let mut bytes = body.to_vec();
        bytes.extend(crc32fast::hash(body).to_le_bytes());
        Record::decode(&bytes)
    }

    #[test]
    fn a_record_written_by_hand_is_read() {
        // Token 9 at 200 ms. Outcomes: "ab12" named in hex, "ab34" sharing "ab", refused (1, "x"),
        // put off, unknown, unlisted ("77"), declined (4, "y"). Opted out: slot 5. Intent: slots 1 to 3 and 7, to "at".
        let body = [
            1, 9, 0xc8, 1, 7, 0, 0, 5, 0xab, 0x12, 0, 2, 3, 0x34, 2, 1, 1, b'x', 3, 5, 6, 2, b'7', b'7', 7,
            4, 1, b'y', 1, 0, 1, 5, 1, 2, 1, 3, 3, 1, 2, b'a', b't',
        ];
        let expected = Record {
            token: 9,
            outcomes: vec![
                Outcome::Accepted,
                Outcome::Accepted,
                Outcome::Refused,
                Outcome::Returned,
                Outcome::Unknown,
                Outcome::Unknown,
                Outcome::Declined,
            ],
            dropped: vec![(Dropped::OnPurpose, vec![5])],
            intent: vec![1, 2, 3, 7],
            account: "at".to_owned(),
        };
        assert_eq!(record(&body), Ok(expected));
    }

    #[test]
    fn unknown_words_are_refused() {
        assert_eq!(record(&[1, 9, 0, 1, 8, 0, 0]), Err("it has an unknown outcome"));
        let opted_out = "an account declines a recipient for a reason that every account would have";
        assert_eq!(record(&[1, 9, 0, 1, 7, 2, 0, 0, 0]), Err(opted_out));
        assert_eq!(record(&[1, 9, 0, 0, 0, 1, 0, 1, 0]), Err("its intent names no account"));
        assert_eq!(
            record(&[1, 9, 0, 0, 1, 5, 1, 0, 1, 0]),
            Err("it drops a recipient for an unknown reason")
        );
        assert_eq!(record(&[1, 9, 0, 0, 0, 1, 0, 0xff, 0xff, 4]), Err("a slot in it is too large"));
    }
}
