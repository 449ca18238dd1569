//! A contact after a change, with its new key.

use std::fmt;

use domain::{
    ids::BookId,
    msisdn::Msisdn,
    phone::{LineType, Phone},
    roster::RosterKey,
    timestamp::Timestamp,
};

use super::{ContactRecord, contact_id, parts_of, phoneless_key, phoneless_name};
use crate::error::StoreError;

/// A change of a contact. `None` keeps a field, an empty text clears it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ContactChange {
    /// `Some(None)` removes the phone number.
    pub phone: Option<Option<Phone>>,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Free text.
    pub notes: Option<String>,
}

impl fmt::Debug for ContactChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ContactChange(…)")
    }
}

impl ContactRecord {
    /// The contact after a change. Its id follows from its new key, as in an import. `None` if it would have neither a
    /// number nor a name or an e-mail address.
    pub(in crate::books) fn changed(
        &self,
        book: BookId,
        change: &ContactChange,
        now: Timestamp,
    ) -> Result<Option<Self>, StoreError> {
        let text = |change: &Option<String>, text: &String| change.as_ref().unwrap_or(text).clone();
        let mut changed = Self {
            first_name: text(&change.first_name, &self.first_name),
            last_name: text(&change.last_name, &self.last_name),
            email: text(&change.email, &self.email),
            notes: text(&change.notes, &self.notes),
            ..self.clone()
        };
        let phone = change.phone.unwrap_or_else(|| self.phone());
        let Some(key) = changed.key_with(phone.map(|phone| phone.number), self)? else { return Ok(None) };
        // The type of an unchanged number may have changed since it was stored.
        changed.line = phone.map_or_else(LineType::default, |phone| phone.line);
        if key != self.key()? {
            (changed.phone, changed.phoneless) = parts_of(key);
            changed.id = contact_id(book, key);
        }
        if changed != *self {
            changed.updated_at = now;
        }
        Ok(Some(changed))
    }

    /// The contact's key with this phone. A contact that had no phone and keeps its names keeps its key, which may be
    /// that of a second contact with the same names.
    fn key_with(&self, phone: Option<Msisdn>, before: &Self) -> Result<Option<RosterKey>, StoreError> {
        if let Some(phone) = phone {
            return Ok(Some(RosterKey::Phone(phone)));
        }
        let (name, old_name) = (self.phoneless_name(), before.phoneless_name());
        if before.phone.is_none() && name == old_name {
            return before.key().map(Some);
        }
        let is_known = [&self.first_name, &self.last_name, &self.email].iter().any(|part| !part.is_empty());
        Ok(is_known.then(|| phoneless_key(&name, 0)))
    }

    fn phoneless_name(&self) -> String {
        phoneless_name([&self.first_name, &self.last_name, &self.email])
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(digits: u64) -> RosterKey {
        RosterKey::Phone(Msisdn::from_digits(digits).unwrap())
    }

    #[test]
    fn a_changed_contact_has_the_id_that_an_import_would_give_it() {
        let book = BookId(Uuid::from_u128(1));
        let (old, new) = (key(254_712_345_678), key(254_722_000_111));
        let mut record = ContactRecord::new(contact_id(book, old), old, Timestamp::from_secs(1));
        let says =
            |first: &str| ContactChange { first_name: Some(first.to_owned()), ..ContactChange::default() };
        let phone = |phone: Option<u64>| {
            let phone = phone.map(|digits| Phone::fixed_line(Msisdn::from_digits(digits).unwrap()));
            ContactChange { phone: Some(phone), ..ContactChange::default() }
        };
        let later = Timestamp::from_secs(2);
        let mut change = |change: &ContactChange| {
            let changed = record.changed(book, change, later).unwrap();
            changed.map(|changed| {
                record = changed;
                (record.id, record.created_at, record.updated_at)
            })
        };
        let first = Timestamp::from_secs(1);
        assert_eq!(change(&ContactChange::default()), Some((contact_id(book, old), first, first)));
        let now_fixed = Some((contact_id(book, old), first, later));
        assert_eq!(change(&phone(Some(254_712_345_678))), now_fixed, "its type is another one");
        assert_eq!(change(&phone(None)), None, "known by nothing");
        assert_eq!(change(&says("Ann")), Some((contact_id(book, old), first, later)));
        assert_eq!(change(&phone(Some(254_722_000_111))).unwrap().0, contact_id(book, new));
        let ann = phoneless_key(&phoneless_name(["Ann", "", ""]), 0);
        assert_eq!(change(&phone(None)).unwrap().0, contact_id(book, ann));
        assert_eq!(change(&says("ANN")).unwrap().0, contact_id(book, ann), "case does not matter");
        let bea = phoneless_key(&phoneless_name(["Bea", "", ""]), 0);
        assert_eq!(change(&says("Bea")).unwrap().0, contact_id(book, bea));
        assert_eq!(change(&says("")), None);
    }
}
