//! Makes the audience of a send: every unique number of the selected books, less the opt-outs, and counts the skipped
//! contacts by reason.
//!
//! It merges sorted runs, leaf by leaf: exact, without a hash set, and with the memory of one leaf besides the result.
//! Called once for each accepted send and each dry run.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    msisdn::Msisdn,
    packed::{self, PackedError},
};

/// Most recipients of one campaign.
pub const MAX_RECIPIENTS: usize = 10_000_000;

/// Recipients, each once, in the order that batches are cut in: by leaf, then by number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Audience {
    recipients: Vec<Msisdn>,
    skipped: Skipped,
}

/// Why a contact of the selected books is not a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SkipReason {
    /// The number is in a book that was counted already.
    Duplicate,
    /// The contact has no phone number.
    NoPhone,
    /// The number is not one that can be dialled.
    InvalidPhone,
    OptedOut,
    /// The number's line cannot get texts.
    NotMobile,
    /// The organisation has no price for the number's destination.
    Unpriced,
    /// No account of the operator's sends to the number's destination.
    Unrouted,
}

/// Contacts skipped, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// See [`SkipReason::Duplicate`].
    pub duplicate: u64,
    /// See [`SkipReason::NoPhone`].
    pub no_phone: u64,
    /// See [`SkipReason::InvalidPhone`]. Imports reject such numbers, so a stored book has none.
    pub invalid_phone: u64,
    /// See [`SkipReason::OptedOut`].
    pub opted_out: u64,
    /// See [`SkipReason::NotMobile`].
    pub not_mobile: u64,
    /// See [`SkipReason::Unpriced`].
    pub unpriced: u64,
    /// See [`SkipReason::Unrouted`].
    pub unrouted: u64,
}

impl Skipped {
    /// Counts `contacts` more under a reason.
    pub fn add(&mut self, reason: SkipReason, contacts: u64) {
        *match reason {
            SkipReason::Duplicate => &mut self.duplicate,
            SkipReason::NoPhone => &mut self.no_phone,
            SkipReason::InvalidPhone => &mut self.invalid_phone,
            SkipReason::OptedOut => &mut self.opted_out,
            SkipReason::NotMobile => &mut self.not_mobile,
            SkipReason::Unpriced => &mut self.unpriced,
            SkipReason::Unrouted => &mut self.unrouted,
        } += contacts;
    }
}

impl Audience {
    /// No recipients yet; `contacts` is the expected number of recipients.
    pub fn with_capacity(contacts: usize) -> Self {
        Self { recipients: Vec::with_capacity(contacts), skipped: Skipped::default() }
    }

    /// Adds one leaf: the packed numbers of that leaf in every book, less the packed opt-outs of the same leaf. Leaves
    /// must come in ascending order, each once.
    pub fn add_leaf(&mut self, books: &[&[u8]], opted_out: Option<&[u8]>) -> Result<(), PackedError> {
        let start = self.recipients.len();
        for book in books {
            packed::unpack_into(book, &mut self.recipients)?;
        }
        let unique = self.merge_from(start);
        self.skipped.duplicate += (self.recipients.len() - start - unique) as u64;
        self.recipients.truncate(start + unique);
        if let Some(packed) = opted_out {
            self.subtract_from(start, &packed::unpack(packed)?);
        }
        Ok(())
    }

    /// Counts the packed numbers of one leaf under one reason without making them recipients. Each number counts once;
    /// its repetitions in other books count as duplicates.
    pub fn skip_leaf(&mut self, reason: SkipReason, books: &[&[u8]]) -> Result<(), PackedError> {
        let mut numbers: Vec<Msisdn> = Vec::new();
        for book in books {
            packed::unpack_into(book, &mut numbers)?;
        }
        let contacts = numbers.len();
        numbers.sort();
        numbers.dedup();
        self.skipped.add(reason, numbers.len() as u64);
        self.skipped.add(SkipReason::Duplicate, (contacts - numbers.len()) as u64);
        Ok(())
    }

    /// Drops the recipients that a rule refuses, under one reason.
    pub fn retain(&mut self, reason: SkipReason, keep: impl Fn(Msisdn) -> bool) {
        let before = self.recipients.len();
        self.recipients.retain(|&number| keep(number));
        self.skipped.add(reason, (before - self.recipients.len()) as u64);
    }

    /// Counts contacts that no roster lists as a number.
    pub fn skip(&mut self, reason: SkipReason, contacts: u64) {
        self.skipped.add(reason, contacts);
    }

    /// The recipients' numbers.
    pub fn recipients(&self) -> &[Msisdn] {
        &self.recipients
    }

    /// The skipped contacts.
    pub const fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// Sorts the tail from `start` (a concatenation of sorted runs, which the standard library's merge sort detects)
    /// and moves its unique numbers to its front; returns their count.
    fn merge_from(&mut self, start: usize) -> usize {
        let Some(tail) = self.recipients.get_mut(start..) else { return 0 };
        tail.sort();
        let mut unique = 0;
        for at in 0..tail.len() {
            if unique == 0 || tail[at] != tail[unique - 1] {
                tail[unique] = tail[at];
                unique += 1;
            }
        }
        unique
    }

    fn subtract_from(&mut self, start: usize, opted_out: &[Msisdn]) {
        let mut refused = opted_out.iter().peekable();
        let mut kept = start;
        for at in start..self.recipients.len() {
            let number = self.recipients[at];
            while refused.next_if(|r| **r < number).is_some() {}
            if refused.peek() == Some(&&number) {
                self.skipped.opted_out += 1;
            } else {
                self.recipients[kept] = number;
                kept += 1;
            }
        }
        self.recipients.truncate(kept);
    }
}

impl fmt::Debug for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { recipients, skipped } = self;
        f.debug_struct("Audience").field("recipients", &recipients.len()).field("skipped", skipped).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(last_digits: &[u64]) -> Vec<Msisdn> {
        last_digits.iter().map(|digit| Msisdn::from_digits(254_711_000_000 + digit).unwrap()).collect()
    }

    fn packed(last_digits: &[u64]) -> Vec<u8> {
        packed::pack(&numbers(last_digits))
    }

    #[test]
    fn merges_counts_duplicates_and_leaves_out_opt_outs() {
        let (a, b, out) = (packed(&[1, 3, 5]), packed(&[3, 4, 5, 9]), packed(&[2, 4, 9]));
        let mut audience = Audience::default();
        audience.add_leaf(&[&a, &b], Some(&out)).unwrap();
        assert_eq!(audience.recipients(), numbers(&[1, 3, 5]));
        assert_eq!(audience.skipped(), Skipped { duplicate: 2, opted_out: 2, ..Skipped::default() });
    }

    #[test]
    fn a_book_that_is_named_twice_adds_no_recipient_twice() {
        let a = packed(&[1, 2]);
        let mut audience = Audience::default();
        audience.add_leaf(&[&a, &a], None).unwrap();
        assert_eq!(audience.recipients(), numbers(&[1, 2]));
    }

    #[test]
    fn numbers_that_get_no_texts_are_counted_once_each() {
        let mut audience = Audience::default();
        audience.add_leaf(&[&packed(&[1, 2])], Some(&packed(&[2]))).unwrap();
        audience.skip_leaf(SkipReason::NotMobile, &[&packed(&[5, 6]), &packed(&[6, 7])]).unwrap();
        assert_eq!(audience.recipients(), numbers(&[1]));
        let skipped = Skipped { opted_out: 1, not_mobile: 3, duplicate: 1, ..Skipped::default() };
        assert_eq!(audience.skipped(), skipped);
    }

    #[test]
    fn skipped_contacts_are_counted_by_their_reason() {
        let mut audience = Audience::with_capacity(3);
        assert!(audience.recipients.capacity() >= 3);
        audience.add_leaf(&[&packed(&[1, 2, 3])], None).unwrap();
        audience.retain(SkipReason::Unpriced, |number| number != numbers(&[2])[0]);
        audience.skip(SkipReason::NoPhone, 4);
        assert_eq!(audience.recipients(), numbers(&[1, 3]));
        assert_eq!(audience.skipped(), Skipped { unpriced: 1, no_phone: 4, ..Skipped::default() });
    }
}
