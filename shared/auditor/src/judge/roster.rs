//! A leaf of a roster against its contacts and its count.

use crate::forms::{
    book::{ContactKey, Leaf},
    bytes::leaf_of,
    opt_outs::{self, Origins},
};

/// The contradictions of a leaf. `contacts` are the contacts whose ids are in it, in any order.
pub fn judge(leaf: u8, roster: &Leaf, contacts: &[ContactKey], counted: (u64, u64)) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut of_contacts = Leaf::default();
    for contact in contacts {
        match contact {
            ContactKey::Mobile(key) => of_contacts.mobiles.push(*key),
            ContactKey::Other(key) => of_contacts.others.push(*key),
            ContactKey::Phoneless(key) => of_contacts.phoneless.push(*key),
        }
    }
    for (what, keys, packed) in [
        ("mobile phones", &mut of_contacts.mobiles, &roster.mobiles),
        ("other phones", &mut of_contacts.others, &roster.others),
        ("contacts without a phone", &mut of_contacts.phoneless, &roster.phoneless),
    ] {
        keys.sort_unstable();
        if keys.iter().any(|key| leaf_of(*key) != leaf) {
            wrong.push(format!("it has contacts of another leaf ({what})"));
        }
        if keys != packed {
            let (contacts, packed) = (keys.len(), packed.len());
            wrong.push(format!(
                "its packed {what} are not those of its contacts ({packed} packed, {contacts} in contacts)"
            ));
        }
    }
    if [&roster.mobiles, &roster.others, &roster.phoneless].iter().any(|keys| !is_rising(keys)) {
        wrong.push("an entry appears twice in it, or out of order".to_owned());
    }
    if roster.counts() != counted {
        let (found, expected) = (counted, roster.counts());
        wrong.push(format!(
            "the header counts {found:?} contacts with and without a phone; the leaf has {expected:?}"
        ));
    }
    wrong
}

/// The first contradiction of a leaf of the opt-outs and the origins of its numbers.
pub fn judge_opt_outs(leaf: u8, stored: &opt_outs::Leaf, origins: Option<Origins>) -> Option<&'static str> {
    let opt_outs::Leaf { revision, phones } = stored;
    if !is_rising(phones) {
        Some("a number appears twice in a leaf of the opt-outs, or out of order")
    } else if phones.iter().any(|phone| leaf_of(*phone) != leaf) {
        Some("a number is in a leaf of the opt-outs that is not its own")
    } else if origins != Some(Origins { revision: *revision, count: phones.len() }) {
        Some("the origins of a leaf of the opt-outs are not those of its numbers")
    } else {
        None
    }
}

fn is_rising(keys: &[u64]) -> bool {
    keys.is_sorted_by(|a, b| a < b)
}
