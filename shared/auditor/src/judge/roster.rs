//! A leaf of a roster against its contacts and its count.

use crate::forms::{
    book::{ContactKey, Leaf},
    bytes::leaf_of,
};

/// What of a leaf cannot be. `contacts` are the contacts whose ids belong to it, in any order.
pub fn judge(leaf: u8, roster: &Leaf, contacts: &[ContactKey], counted: (u64, u64)) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut of_contacts = Leaf::default();
    for contact in contacts {
        match contact {
            ContactKey::Phone(key) => of_contacts.phones.push(*key),
            ContactKey::Phoneless(key) => of_contacts.phoneless.push(*key),
        }
    }
    for (what, keys, packed) in [
        ("phones", &mut of_contacts.phones, &roster.phones),
        ("contacts without a phone", &mut of_contacts.phoneless, &roster.phoneless),
    ] {
        keys.sort_unstable();
        if keys.iter().any(|key| leaf_of(*key) != leaf) {
            wrong.push(format!("contacts stand in it that belong elsewhere ({what})"));
        }
        if keys != packed {
            let (contacts, packed) = (keys.len(), packed.len());
            wrong.push(format!("its {what} are not its contacts' ({packed} against {contacts})"));
        }
    }
    if !is_rising(&roster.phones) || !is_rising(&roster.phoneless) {
        wrong.push("something stands twice in it, or out of order".to_owned());
    }
    if roster.counts() != counted {
        let (found, expected) = (counted, roster.counts());
        wrong.push(format!(
            "the header counts {found:?} contacts and those without a phone, it has {expected:?}"
        ));
    }
    wrong
}

/// What of a leaf of the opt-outs cannot be.
pub fn judge_opt_outs(leaf: u8, phones: &[u64]) -> Option<&'static str> {
    if !is_rising(phones) {
        Some("a number stands twice in a leaf of the opt-outs, or out of order")
    } else if phones.iter().any(|phone| leaf_of(*phone) != leaf) {
        Some("a number stands in a leaf of the opt-outs that is not its own")
    } else {
        None
    }
}

fn is_rising(keys: &[u64]) -> bool {
    keys.is_sorted_by(|a, b| a < b)
}
