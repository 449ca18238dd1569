//! The messages that the sandbox really took, which tests compare with the product.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use domain::{
    keys::MessageKey,
    msisdn::Msisdn,
    timestamp::{Offset, Timestamp},
};
use serde::Serialize;

/// Most messages of one page.
const MAX_PAGE_SIZE: usize = 1_000;

/// Sender and text, stored once for all messages that share them.
type Copy = (String, String);

#[derive(Debug)]
struct Taken {
    number: u64,
    to: Msisdn,
    reference: MessageKey,
    at: Timestamp,
    copy: u32,
}

/// All messages taken since the last clearing; a million take some 150 MB.
#[derive(Default)]
pub(super) struct Inbox {
    messages: Vec<Taken>,
    copies: Vec<Copy>,
    copy_numbers: HashMap<Copy, u32>,
    per_number: HashMap<Msisdn, u32>,
    references: HashSet<u128>,
    repeated: u64,
    /// Never decreases, so that an id always names the same message.
    last_number: u64,
}

impl fmt::Debug for Inbox {
    /// Leaves out the texts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inbox({} messages)", self.messages.len())
    }
}

/// A message in an answer. `Debug` shows its reference only.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct InboxMessage {
    /// Number in the inbox, from 1.
    pub number: u64,
    /// The recipient's number, with the plus.
    pub to: String,
    pub sender: String,
    pub text: String,
    /// Our name for it.
    pub reference: String,
    /// When it was taken: RFC 3339, UTC.
    pub received_at: String,
}

impl fmt::Debug for InboxMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxMessage").field("reference", &self.reference).finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InboxTotals {
    pub messages: u64,
    /// Different phone numbers.
    pub numbers: u64,
    /// Messages whose reference was taken before: each is a person who was texted twice. Always 0 unless the product
    /// broke its promise.
    pub repeated: u64,
}

/// A page of messages, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InboxPage {
    pub totals: InboxTotals,
    /// Messages that the pages divide: all, or one number's.
    pub total: usize,
    /// Page number, from 1.
    pub page: usize,
    /// Messages of a full page.
    pub page_size: usize,
    pub total_pages: usize,
    pub results: Vec<InboxMessage>,
}

impl Inbox {
    /// Takes a message and returns its number.
    pub fn take(&mut self, to: Msisdn, reference: MessageKey, copy: u32, at: Timestamp) -> u64 {
        self.last_number += 1;
        let name = reference.to_uuid().as_u128();
        self.repeated += u64::from(!self.references.insert(name));
        *self.per_number.entry(to).or_default() += 1;
        self.messages.push(Taken { number: self.last_number, to, reference, at, copy });
        self.last_number
    }

    /// The place of a sender and a text, for [`Self::take`].
    pub fn copy(&mut self, sender: &str, text: &str) -> u32 {
        let copy = (sender.to_owned(), text.to_owned());
        *self.copy_numbers.entry(copy).or_insert_with_key(|copy| {
            self.copies.push(copy.clone());
            self.copies.len() as u32 - 1
        })
    }

    pub fn totals(&self) -> InboxTotals {
        InboxTotals {
            messages: self.messages.len() as u64,
            numbers: self.per_number.len() as u64,
            repeated: self.repeated,
        }
    }

    pub fn messages_to(&self, msisdn: Msisdn) -> u32 {
        self.per_number.get(&msisdn).copied().unwrap_or_default()
    }

    pub fn page(&self, page: usize, page_size: usize, to: Option<Msisdn>) -> InboxPage {
        let page_size = page_size.clamp(1, MAX_PAGE_SIZE);
        let total = to.map_or(self.messages.len(), |to| self.messages_to(to) as usize);
        let wanted = |taken: &&Taken| to.is_none_or(|to| taken.to == to);
        let skipped = page.saturating_sub(1).saturating_mul(page_size);
        let newest_first = self.messages.iter().rev().filter(wanted).skip(skipped).take(page_size);
        InboxPage {
            totals: self.totals(),
            total,
            page: page.max(1),
            page_size,
            total_pages: total.div_ceil(page_size),
            results: newest_first.map(|taken| self.shown(taken)).collect(),
        }
    }

    fn shown(&self, taken: &Taken) -> InboxMessage {
        let (sender, text) = self.copies.get(taken.copy as usize).cloned().unwrap_or_default();
        InboxMessage {
            number: taken.number,
            to: taken.to.e164(),
            sender,
            text,
            reference: taken.reference.to_string(),
            received_at: taken.at.rfc3339(Offset::UTC),
        }
    }

    pub fn clear(&mut self) {
        *self = Self { last_number: self.last_number, ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        ids::{CampaignId, OrganisationId},
        keys::CampaignKey,
    };

    use super::*;
    fn msisdn(number: u64) -> Msisdn {
        Msisdn::from_digits(number).unwrap()
    }

    /// Takes a message whose reference has the slot that the number ends with.
    fn take(inbox: &mut Inbox, number: u64, text: &str) -> u64 {
        let organisation = OrganisationId("3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap());
        let campaign = CampaignKey { organisation, campaign: CampaignId::new(84).unwrap() };
        let copy = inbox.copy("ACME", text);
        let reference = campaign.batch(3).message((number % 10_000) as u16);
        inbox.take(msisdn(number), reference, copy, Timestamp::from_secs(1_795_454_007))
    }

    #[test]
    fn the_newest_message_is_first_and_pages_show_each_message_once() {
        let mut inbox = Inbox::default();
        for number in 254_711_000_001..=254_711_000_005 {
            take(&mut inbox, number, "Hi");
        }
        let page = inbox.page(2, 2, None);
        assert_eq!((page.total, page.total_pages, page.results.len()), (5, 3, 2));
        let newest = &inbox.page(0, 2, None).results[0];
        assert_eq!((newest.number, newest.to.as_str(), newest.text.as_str()), (5, "+254711000005", "Hi"));
        assert_eq!(newest.received_at, "2026-11-23T17:13:27Z");
        assert!(inbox.page(usize::MAX, usize::MAX, None).results.is_empty());
    }

    #[test]
    fn a_reference_taken_twice_is_counted() {
        let mut inbox = Inbox::default();
        take(&mut inbox, 254_711_000_001, "Hi");
        take(&mut inbox, 254_711_000_001, "Hi again");
        take(&mut inbox, 254_711_000_002, "Hi");
        assert_eq!(inbox.totals(), InboxTotals { messages: 3, numbers: 2, repeated: 1 });
        let of_one = inbox.page(1, 10, Some(msisdn(254_711_000_001)));
        assert_eq!((of_one.total, of_one.results.len()), (2, 2));
    }

    #[test]
    fn a_cleared_inbox_is_empty_and_never_uses_a_number_twice() {
        let mut inbox = Inbox::default();
        assert_eq!(take(&mut inbox, 254_711_000_001, "Hi"), 1);
        inbox.clear();
        assert_eq!(inbox.totals(), InboxTotals::default());
        assert_eq!(take(&mut inbox, 254_711_000_001, "Hi"), 2);
        assert_eq!(inbox.totals().repeated, 0);
    }
}
