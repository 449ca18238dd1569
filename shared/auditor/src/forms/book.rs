//! A book's header, the leaves of its roster, and its contacts' keys.

use super::{
    Fields, Item, Unreadable,
    bytes::{Cursor, ReadError, packed_numbers},
    item::sort_key,
};
use crate::limits::LEAVES;

const HEADER: &str = "a book's header";
const LEAF: &str = "a roster leaf";
const CONTACT: &str = "a contact";
/// Types of lines that can get texts, except mobile ones, whose contacts have no type.
const TEXTED_LINES: [&str; 3] = ["fixed_line_or_mobile", "voip", "personal"];
/// Types of lines that get no texts.
const OTHER_LINES: [&str; 7] =
    ["fixed_line", "toll_free", "premium_rate", "shared_cost", "pager", "company", "voicemail"];

/// A book's header.
#[derive(Clone, Debug)]
pub struct Book {
    pub id: String,
    /// Contacts of each leaf, and those of them without a phone.
    pub counts: Vec<(u64, u64)>,
    pub edit: Option<Edit>,
    pub is_deleted: bool,
}

/// An edit that is under way or was left unfinished.
#[derive(Clone, Debug)]
pub struct Edit {
    /// Milliseconds since the epoch.
    pub until: i64,
}

impl Book {
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(HEADER, item)?;
        let counts = match fields.optional_bytes("leaf_counts")? {
            Some(bytes) => leaf_counts(bytes).map_err(Unreadable::bytes(HEADER))?,
            None => vec![(0, 0); LEAVES],
        };
        let edit = match fields.optional_unsigned("edit_id")? {
            Some(_) => Some(Edit { until: fields.integer("edit_until")? }),
            None => None,
        };
        let is_deleted = fields.has("deleted_at");
        Ok(Self { id: fields.text("id")?.to_owned(), counts, edit, is_deleted })
    }
}

/// Two varints a leaf.
fn leaf_counts(bytes: &[u8]) -> Result<Vec<(u64, u64)>, ReadError> {
    let mut cursor = Cursor::bare(bytes);
    let mut counts = Vec::with_capacity(LEAVES);
    for _ in 0..LEAVES {
        counts.push((cursor.varint()?, cursor.varint()?));
    }
    cursor.end()?;
    Ok(counts)
}

/// The content of a leaf: phone numbers by whether their lines can get texts, and the names of contacts without a
/// number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Leaf {
    pub mobiles: Vec<u64>,
    pub others: Vec<u64>,
    pub phoneless: Vec<u64>,
}

impl Leaf {
    /// A roster's leaf.
    pub fn read(item: &Item) -> Result<Self, Unreadable> {
        let fields = Fields::of(LEAF, item)?;
        let unpacked = |bytes| packed_numbers(bytes).map_err(Unreadable::bytes(LEAF));
        let others = fields.optional_bytes("others")?.map(unpacked).transpose()?.unwrap_or_default();
        let (mobiles, phoneless) =
            (unpacked(fields.bytes("mobiles")?)?, unpacked(fields.bytes("phoneless")?)?);
        Ok(Self { mobiles, others, phoneless })
    }

    pub fn counts(&self) -> (u64, u64) {
        let contacts = self.mobiles.len() + self.others.len() + self.phoneless.len();
        (contacts as u64, self.phoneless.len() as u64)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ContactKey {
    Mobile(u64),
    Other(u64),
    Phoneless(u64),
}

/// A contact's leaf, by its id, and its key.
pub fn contact(item: &Item) -> Result<(u8, ContactKey), Unreadable> {
    let fields = Fields::of(CONTACT, item)?;
    let leaf = sort_key(item).get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
    let leaf = leaf.ok_or_else(|| fields.wrong("its id names no leaf"))?;
    match (fields.optional_unsigned("phone")?, fields.optional_unsigned("phoneless")?) {
        (Some(phone), None) => match fields.optional_text("line")? {
            None => Ok((leaf, ContactKey::Mobile(phone))),
            Some(line) if TEXTED_LINES.contains(&line) => Ok((leaf, ContactKey::Mobile(phone))),
            Some(line) if OTHER_LINES.contains(&line) => Ok((leaf, ContactKey::Other(phone))),
            Some(_) => Err(fields.wrong("its phone is of an unknown type")),
        },
        (None, Some(name)) => Ok((leaf, ContactKey::Phoneless(name))),
        (None, None) => Err(fields.wrong("it has neither a phone nor a name")),
        (Some(_), Some(_)) => Err(fields.wrong("it has a phone, and a name of those without")),
    }
}
