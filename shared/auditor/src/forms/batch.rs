//! The items of a batch and of a campaign's directory.

use super::{
    Fields, Item, Unreadable,
    bytes::{Cursor, ReadError, packed_numbers},
    counts::Counts,
    journal::Record,
};

const PLAN: &str = "a batch's plan";
const HEAD: &str = "a batch's head";
const RECORD: &str = "a journal record";
const DIRECTORY: &str = "a directory";

#[derive(Clone)]
pub enum Planned {
    Number(u64),
    /// The person was erased; the prefix gives the recipient's price.
    Erased {
        prefix: String,
    },
}

impl Planned {
    pub const fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Erased { .. } => None,
        }
    }
}

/// The recipients of a batch, and when they are forgotten.
#[derive(Clone)]
pub struct Plan {
    /// Recipients by slot.
    pub recipients: Vec<Planned>,
    /// Seconds since the epoch.
    pub expires_at: Option<i64>,
}

impl Plan {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(PLAN, item)?;
        let numbers = packed_numbers(fields.bytes("recipients")?).map_err(Unreadable::bytes(PLAN))?;
        let mut recipients: Vec<Planned> = numbers.into_iter().map(Planned::Number).collect();
        // Erased slots are in ascending order, so each is inserted after the ones before it.
        for erased in if fields.has("erased") { fields.maps("erased")? } else { Vec::new() } {
            let slot = usize::try_from(erased.unsigned("slot")?).unwrap_or(usize::MAX);
            if slot > recipients.len() {
                return Err(fields.wrong("an erased slot is not a slot of this batch"));
            }
            recipients.insert(slot, Planned::Erased { prefix: erased.text("prefix")?.to_owned() });
        }
        Ok(Self { recipients, expires_at: fields.optional_integer("expires_at")? })
    }

    /// The numbers that are not erased, in the order of their slots.
    pub fn numbers(&self) -> impl Iterator<Item = u64> {
        self.recipients.iter().filter_map(Planned::number)
    }
}

/// The state of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Untouched,
    Open,
    Closed,
    /// The batch could not be read, and waits for an operator.
    SetAside,
}

/// A batch's hot item.
#[derive(Clone, Debug)]
pub struct Head<'a> {
    pub stage: Stage,
    /// The kind of item that could not be read, if the batch is set aside.
    pub unreadable: Option<&'a str>,
    /// Milliseconds since the epoch; 0 if no worker holds it.
    pub lease_until: i64,
    /// Whether no worker may claim it yet.
    pub waits: bool,
    pub held: i64,
    pub counts: Option<Counts>,
    pub reports: Option<&'a [u8]>,
    /// Seconds since the epoch.
    pub expires_at: Option<i64>,
}

impl<'a> Head<'a> {
    pub fn read(item: Option<&'a Item>) -> Result<Self, Unreadable> {
        let untouched = Self {
            stage: Stage::Untouched,
            unreadable: None,
            lease_until: 0,
            waits: false,
            held: 0,
            counts: None,
            reports: None,
            expires_at: None,
        };
        let Some(item) = item else { return Ok(untouched) };
        let fields = Fields::of(HEAD, item)?;
        let stage = match fields.text("state")? {
            "open" => Stage::Open,
            "closed" => Stage::Closed,
            "set_aside" => Stage::SetAside,
            _ => return Err(fields.wrong("its state is unknown")),
        };
        Ok(Self {
            stage,
            unreadable: (stage == Stage::SetAside).then(|| fields.text("unreadable")).transpose()?,
            lease_until: fields.optional_integer("lease_until")?.unwrap_or_default(),
            waits: fields.has("not_before"),
            held: fields.optional_integer("held")?.unwrap_or_default(),
            counts: fields.optional_map("counts")?.map(Counts::read).transpose()?,
            reports: fields.optional_bytes("reports")?,
            expires_at: fields.optional_integer("expires_at")?,
        })
    }
}

/// A journal record and its number.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The number in its key.
    pub number: Option<u32>,
    pub record: Record,
    /// Seconds since the epoch.
    pub expires_at: Option<i64>,
}

impl Placed {
    pub fn read(sort_key: &str, item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(RECORD, item)?;
        let record = Record::decode(fields.bytes("record")?).map_err(Unreadable::bytes(RECORD))?;
        let number = sort_key.strip_prefix("J#").filter(|digits| digits.len() == 6);
        let number = number.and_then(|digits| digits.parse().ok());
        Ok(Self { number, record, expires_at: fields.optional_integer("expires_at")? })
    }
}

/// A place in the audience's order: by leaf, then by number.
pub type Start = (u8, u64);

/// The first number of each batch of a campaign.
#[derive(Clone)]
pub struct Directory {
    pub starts: Vec<Start>,
    /// Seconds since the epoch.
    pub expires_at: Option<i64>,
}

impl Directory {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(DIRECTORY, item)?;
        let starts = starts(fields.bytes("starts")?).map_err(Unreadable::bytes(DIRECTORY))?;
        Ok(Self { starts, expires_at: fields.optional_integer("expires_at")? })
    }
}

/// A version, then for each batch its leaf and its first number (8 bytes, LE).
fn starts(bytes: &[u8]) -> Result<Vec<Start>, ReadError> {
    let mut cursor = Cursor::versioned(bytes)?;
    let batches = bytes.len().saturating_sub(1) / 9;
    let mut starts = Vec::with_capacity(batches);
    for _ in 0..batches {
        let leaf = cursor.byte()?;
        let number = <[u8; 8]>::try_from(cursor.take(8)?).map_err(|_| "it ends early")?;
        starts.push((leaf, u64::from_le_bytes(number)));
    }
    cursor.end()?;
    Ok(starts)
}
