//! A contact: its key, its fields in an import, and its stored form.

pub(super) mod changed;

use std::fmt;

use domain::{
    ids::{BookId, ContactId},
    keys::BookKey,
    msisdn::Msisdn,
    phone::{LineType, Phone},
    roster::{RosterEntry, RosterKey},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::keys::contact_key;
use crate::{
    error::StoreError,
    item::{Item, from_item, to_item},
};

const WHAT: &str = "a contact";

/// A contact with its fields. `Debug` shows only the id, because the rest is personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    /// Given name; empty if unknown.
    pub first_name: String,
    /// Family name; empty if unknown.
    pub last_name: String,
    /// The number, and whether its line can get texts.
    pub phone: Option<Phone>,
    /// E-mail address as it was given; empty if unknown.
    pub email: String,
    /// Free text.
    pub notes: String,
    /// When the contact was added.
    pub created_at: Timestamp,
    /// When a field last changed.
    pub updated_at: Timestamp,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contact({})", self.id)
    }
}

/// A contact's fields in an import. `None` keeps the stored field.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContactDraft {
    /// The phone number identifies a contact. A contact without one is identified by names and e-mail address.
    pub phone: Option<Phone>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Free text.
    pub notes: Option<String>,
}

impl fmt::Debug for ContactDraft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactDraft(…)")
    }
}

impl ContactDraft {
    /// Adds all fields and the key to a digest.
    pub(super) fn add_to(&self, digest: &mut Sha256, key: RosterKey) {
        digest.update(bytes_of(key));
        for field in [&self.first_name, &self.last_name, &self.email, &self.notes] {
            match field {
                Some(text) => {
                    digest.update([1]);
                    digest.update(text.len().to_be_bytes());
                    digest.update(text);
                }
                None => digest.update([0]),
            }
        }
    }

    pub(super) fn phoneless_name(&self) -> String {
        let parts = [&self.first_name, &self.last_name, &self.email];
        phoneless_name(parts.map(|part| part.as_deref().unwrap_or_default()))
    }

    /// Replaces fields by those of a later row.
    pub(super) fn overlay(&mut self, later: Self) {
        let fields = [
            (&mut self.first_name, later.first_name),
            (&mut self.last_name, later.last_name),
            (&mut self.email, later.email),
            (&mut self.notes, later.notes),
        ];
        for (field, said) in fields {
            *field = said.or_else(|| field.take());
        }
    }
}

/// The key of a contact without a phone: first name, last name and e-mail address, without regard to case.
fn phoneless_name(parts: [&str; 3]) -> String {
    parts.map(str::to_lowercase).join("\0")
}

/// The key of the nth contact (from 0) without a phone that has this name in one request. Two persons may have the same
/// name; a repeated request must give the same two keys.
pub(super) fn phoneless_key(name: &str, occurrence: u32) -> RosterKey {
    let digest = Sha256::new().chain_update(name).chain_update(occurrence.to_be_bytes()).finalize();
    let mut hash = [0; 8];
    hash.copy_from_slice(&digest[..8]);
    RosterKey::Phoneless(u64::from_be_bytes(hash))
}

/// The id of a book's contact, from its key: a version 8 UUID (RFC 9562 §5.8) of SHA-256, whose first byte is the
/// contact's leaf.
pub(super) fn contact_id(book: BookId, key: RosterKey) -> ContactId {
    let digest = Sha256::new().chain_update(book.0).chain_update(bytes_of(key)).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[0] = key.leaf();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    ContactId(Uuid::from_bytes(bytes))
}

fn bytes_of(key: RosterKey) -> [u8; 9] {
    let (kind, number) = match key {
        RosterKey::Phone(msisdn) => (b'p', msisdn.as_u64()),
        RosterKey::Phoneless(hash) => (b'n', hash),
    };
    let mut bytes = [kind; 9];
    bytes[1..].copy_from_slice(&number.to_be_bytes());
    bytes
}

/// The stored form of a contact.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ContactRecord {
    #[serde(rename = "sk", skip_serializing)]
    id: ContactId,
    #[serde(default, with = "stored_phone")]
    phone: Option<Msisdn>,
    #[serde(default, with = "stored_line", skip_serializing_if = "stored_line::is_mobile")]
    line: LineType,
    phoneless: Option<u64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    first_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    last_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    email: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    notes: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl ContactRecord {
    pub(super) fn new(id: ContactId, key: RosterKey, now: Timestamp) -> Self {
        let (phone, phoneless) = parts_of(key);
        let (line, created_at, updated_at) = (LineType::default(), now, now);
        let (first_name, last_name, email, notes) = Default::default();
        Self { id, phone, line, phoneless, first_name, last_name, email, notes, created_at, updated_at }
    }

    pub(super) const fn id(&self) -> ContactId {
        self.id
    }

    /// Applies a draft; returns whether it changed a field.
    pub(super) fn overlay(&mut self, draft: ContactDraft, now: Timestamp) -> bool {
        let before = self.clone();
        let fields = [
            (&mut self.first_name, draft.first_name),
            (&mut self.last_name, draft.last_name),
            (&mut self.email, draft.email),
            (&mut self.notes, draft.notes),
        ];
        for (field, said) in fields {
            if let Some(said) = said {
                *field = said;
            }
        }
        self.line = draft.phone.map_or(self.line, |phone| phone.line);
        let changed = *self != before;
        if changed {
            self.updated_at = now;
        }
        changed
    }

    pub(super) fn to_item(&self, book: BookKey) -> Result<Item, StoreError> {
        to_item(&contact_key(book, self.id), WHAT, self)
    }

    pub(super) fn from_item(item: Item) -> Result<Self, StoreError> {
        from_item(WHAT, item)
    }

    pub(super) fn key(&self) -> Result<RosterKey, StoreError> {
        self.entry().map(RosterEntry::key)
    }

    pub(super) fn entry(&self) -> Result<RosterEntry, StoreError> {
        roster_entry(self.phone(), self.phoneless)
    }

    fn phone(&self) -> Option<Phone> {
        self.phone.map(|number| Phone { number, line: self.line })
    }

    pub(super) fn into_contact(self) -> Contact {
        let phone = self.phone();
        let Self { id, first_name, last_name, email, notes, created_at, updated_at, .. } = self;
        Contact { id, first_name, last_name, phone, email, notes, created_at, updated_at }
    }
}

/// A key as the two attributes of a stored contact.
const fn parts_of(key: RosterKey) -> (Option<Msisdn>, Option<u64>) {
    match key {
        RosterKey::Phone(msisdn) => (Some(msisdn), None),
        RosterKey::Phoneless(hash) => (None, Some(hash)),
    }
}

/// Attributes that the roster keeps of a contact.
pub(super) const ROSTER_ATTRIBUTES: &str = "v, phone, line, phoneless";

#[derive(Deserialize)]
struct EntryRecord {
    #[serde(default, with = "stored_phone")]
    phone: Option<Msisdn>,
    #[serde(default, with = "stored_line")]
    line: LineType,
    phoneless: Option<u64>,
}

/// The roster's entry for a contact, from its [`ROSTER_ATTRIBUTES`].
pub(super) fn entry_of(item: Item) -> Result<RosterEntry, StoreError> {
    let EntryRecord { phone, line, phoneless } = from_item(WHAT, item)?;
    roster_entry(phone.map(|number| Phone { number, line }), phoneless)
}

fn roster_entry(phone: Option<Phone>, phoneless: Option<u64>) -> Result<RosterEntry, StoreError> {
    match (phone, phoneless) {
        (Some(phone), _) => Ok(RosterEntry::Phone(phone)),
        (None, Some(hash)) => Ok(RosterEntry::Phoneless(hash)),
        (None, None) => {
            let reason = "it has neither a phone nor a name".to_owned();
            Err(StoreError::Unreadable { what: WHAT, reason })
        }
    }
}

/// The type of a line as an item holds it: absent for a mobile one, as nearly all are.
mod stored_line {
    use domain::phone::LineType;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub const fn is_mobile(line: &LineType) -> bool {
        matches!(line, LineType::Mobile)
    }

    pub fn serialize<S: Serializer>(line: &LineType, serializer: S) -> Result<S::Ok, S::Error> {
        line.as_str().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<LineType, D::Error> {
        let stored = String::deserialize(deserializer)?;
        let line = LineType::ALL.into_iter().find(|line| line.as_str() == stored);
        line.ok_or_else(|| D::Error::custom("its phone is of an unknown type"))
    }
}

/// A phone number as an item holds it: its digits, as an integer.
mod stored_phone {
    use domain::msisdn::Msisdn;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(phone: &Option<Msisdn>, serializer: S) -> Result<S::Ok, S::Error> {
        phone.map(Msisdn::as_u64).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Msisdn>, D::Error> {
        let digits = Option::<u64>::deserialize(deserializer)?;
        digits.map(Msisdn::from_digits).transpose().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digits: u64) -> RosterKey {
        RosterKey::Phone(Msisdn::from_digits(digits).unwrap())
    }

    #[test]
    fn a_contact_id_is_stable_and_begins_with_its_leaf() {
        let (book, other) = (BookId(Uuid::from_u128(1)), BookId(Uuid::from_u128(2)));
        let id = contact_id(book, key(254_712_345_678));
        assert_eq!(id, contact_id(book, key(254_712_345_678)));
        assert_ne!(id, contact_id(other, key(254_712_345_678)));
        assert_ne!(id, contact_id(book, RosterKey::Phoneless(254_712_345_678)));
        assert_eq!(id.0.as_bytes()[0], key(254_712_345_678).leaf());
        assert_eq!((id.0.get_version_num(), id.0.get_variant()), (8, uuid::Variant::RFC4122));
    }

    #[test]
    fn the_debug_output_of_contacts_and_drafts_has_nothing_personal() {
        let draft = ContactDraft {
            phone: Some(Phone::fixed_line(Msisdn::from_digits(254_712_345_678).unwrap())),
            first_name: Some("Wanjiru".to_owned()),
            last_name: Some("Kamau".to_owned()),
            email: Some("wk@example.com".to_owned()),
            notes: Some("VIP".to_owned()),
        };
        let mut record =
            ContactRecord::new(ContactId(Uuid::nil()), key(254_712_345_678), Timestamp::from_secs(1));
        record.overlay(draft.clone(), Timestamp::from_secs(2));
        let shown = format!("{draft:?} {:?}", record.into_contact());
        assert_eq!(shown, format!("ContactDraft(…) Contact({})", ContactId(Uuid::nil())));
    }

    #[test]
    fn contacts_of_one_name_without_a_phone_get_different_keys_and_case_does_not_matter() {
        let named =
            |first: &str| ContactDraft { first_name: Some(first.to_owned()), ..ContactDraft::default() };
        assert_eq!(named("ÓLAFUR").phoneless_name(), named("Ólafur").phoneless_name());
        let name = named("Ólafur").phoneless_name();
        assert_ne!(phoneless_key(&name, 0), phoneless_key(&name, 1));
    }

    #[test]
    fn fields_that_a_draft_leaves_out_stay() {
        let mut record =
            ContactRecord::new(ContactId(Uuid::nil()), RosterKey::Phoneless(1), Timestamp::from_secs(1));
        let later = Timestamp::from_secs(2);
        let say = |first: Option<&str>, notes: Option<&str>| ContactDraft {
            first_name: first.map(str::to_owned),
            notes: notes.map(str::to_owned),
            ..ContactDraft::default()
        };
        assert!(record.overlay(say(Some("Wanjiru"), Some("VIP")), later));
        assert!(!record.overlay(say(Some("Wanjiru"), None), Timestamp::from_secs(3)));
        assert!(record.overlay(say(None, Some("")), later));
        assert_eq!((record.first_name.as_str(), record.notes.as_str()), ("Wanjiru", ""));
        assert_eq!((record.created_at, record.updated_at), (Timestamp::from_secs(1), later));
    }
}
