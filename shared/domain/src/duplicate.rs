//! The guard against sending the same text to the same books twice by mistake.
//!
//! An organisation sets how long a repetition counts as a mistake. A sender who intends one sets `allow_duplicate`, or
//! sends with an idempotency key, which handles repetitions by itself.

use sha2::{Digest, Sha256};

use crate::{
    api_key::KeyMode,
    ids::{BookId, CampaignId},
    timestamp::{Millis, Timestamp},
};

/// Names a text and the books that it is sent to, in any order: lowercase hexadecimal digits of a SHA-256.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// The fingerprint of a text and the books that it is sent to.
    pub fn of(text: &str, books: &[BookId]) -> Self {
        let mut books = books.to_vec();
        books.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(text.as_bytes());
        books.iter().for_each(|book| hash.update(book.0.as_bytes()));
        Self(hex::encode(hash.finalize()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether the sender allows this send to repeat another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Repetition {
    /// The sender did not allow a repetition, so it is refused.
    Mistake,
    /// The sender allows it: a repetition is recorded and not refused.
    Meant,
}

/// The guard of one send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateGuard {
    /// The text and the books.
    pub fingerprint: Fingerprint,
    /// How long after this send a repetition is refused.
    pub window: Millis,
    /// Whether this send may repeat an earlier one.
    pub repetition: Repetition,
    /// The earlier send that this one may repeat, since it reached no recipient.
    pub replaces: Option<CampaignId>,
}

/// The latest accepted send of a fingerprint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EarlierSend {
    pub campaign: CampaignId,
    /// Until when, inclusive, a repetition is refused.
    pub ends_at: Timestamp,
    /// Until when, inclusive, a repetition is refused because of an earlier send, which this one repeated on purpose.
    pub repeated_until: Option<Timestamp>,
}

impl DuplicateGuard {
    /// The guard of a send, if the organisation has set a `window`. Sends with a test key are never treated as
    /// duplicates: senders try a text with a test key first, and then send the same text.
    pub fn of(
        mode: KeyMode,
        window: Option<Millis>,
        fingerprint: impl FnOnce() -> Fingerprint,
        repetition: Repetition,
    ) -> Option<Self> {
        let window = window.filter(|_| mode == KeyMode::Live)?;
        Some(Self { fingerprint: fingerprint(), window, repetition, replaces: None })
    }

    /// The end of the window that begins with this send.
    pub const fn ends_at(&self, now: Timestamp) -> Timestamp {
        now.plus(self.window)
    }

    /// The campaign that this send repeats by mistake. The campaign that it may repeat does not count, unless that
    /// campaign repeated another send within the window; of that other send only the end of its window is known.
    pub fn repeats(&self, earlier: Option<EarlierSend>, now: Timestamp) -> Option<CampaignId> {
        let earlier = earlier.filter(|earlier| earlier.ends_at >= now)?;
        let is_replaced = self.replaces == Some(earlier.campaign)
            && earlier.repeated_until.is_none_or(|repeated_until| repeated_until < now);
        let is_mistake = self.repetition == Repetition::Mistake && !is_replaced;
        is_mistake.then_some(earlier.campaign)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_000);
    const WINDOW: Millis = Millis::from_mins(10);

    fn book(number: u128) -> BookId {
        BookId(Uuid::from_u128(number))
    }

    fn sent(campaign: CampaignId) -> EarlierSend {
        EarlierSend { campaign, ends_at: NOW.plus(WINDOW), repeated_until: None }
    }

    fn guard(repetition: Repetition) -> DuplicateGuard {
        let fingerprint = || Fingerprint::of("Hello!", &[book(1)]);
        DuplicateGuard::of(KeyMode::Live, Some(WINDOW), fingerprint, repetition).unwrap()
    }

    #[test]
    fn a_repetition_is_a_mistake_until_the_window_ends() {
        let (guard, campaign) = (guard(Repetition::Mistake), CampaignId::new(84).unwrap());
        let earlier = Some(sent(campaign));
        let last = guard.ends_at(NOW);
        assert_eq!(guard.repeats(earlier, NOW), Some(campaign));
        assert_eq!(guard.repeats(earlier, last), Some(campaign));
        assert_eq!(guard.repeats(earlier, last.plus(Millis(1))), None);
        assert_eq!(guard.repeats(None, NOW), None);
    }

    #[test]
    fn a_repetition_that_is_meant_is_no_mistake() {
        let earlier = sent(CampaignId::new(84).unwrap());
        assert_eq!(guard(Repetition::Meant).repeats(Some(earlier), NOW), None);
    }

    #[test]
    fn only_a_send_that_reached_no_one_may_be_repeated() {
        let (reached_no_recipient, other) = (CampaignId::new(84).unwrap(), CampaignId::new(85).unwrap());
        let guard = DuplicateGuard { replaces: Some(reached_no_recipient), ..guard(Repetition::Mistake) };
        assert_eq!(guard.repeats(Some(sent(reached_no_recipient)), NOW), None);
        assert_eq!(guard.repeats(Some(sent(other)), NOW), Some(other));
    }

    #[test]
    fn a_send_that_reached_no_one_does_not_hide_the_send_that_it_repeated() {
        let campaign = CampaignId::new(84).unwrap();
        let guard = DuplicateGuard { replaces: Some(campaign), ..guard(Repetition::Mistake) };
        let earlier = EarlierSend { repeated_until: Some(NOW), ..sent(campaign) };
        assert_eq!(guard.repeats(Some(earlier), NOW), Some(campaign));
        assert_eq!(guard.repeats(Some(earlier), NOW.plus(Millis(1))), None);
    }

    #[test]
    fn neither_a_test_key_nor_an_organisation_without_a_window_has_a_guard() {
        let guard = |mode, window| {
            DuplicateGuard::of(mode, window, || Fingerprint::of("Hello!", &[]), Repetition::Mistake)
        };
        assert_eq!(guard(KeyMode::Test, Some(WINDOW)), None);
        assert_eq!(guard(KeyMode::Live, None), None);
        assert!(guard(KeyMode::Live, Some(WINDOW)).is_some());
    }

    #[test]
    fn a_fingerprint_is_of_the_text_and_of_every_book() {
        let of = |text, books: &[u128]| {
            Fingerprint::of(text, &books.iter().copied().map(book).collect::<Vec<_>>())
        };
        assert_eq!(of("Hello!", &[1, 2]), of("Hello!", &[2, 1]));
        for other in [of("Hello", &[1, 2]), of("Hello!", &[1]), of("Hello!", &[1, 3]), of("Hello!", &[])] {
            assert_ne!(of("Hello!", &[1, 2]), other);
        }
        assert_eq!(of("", &[]).as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
