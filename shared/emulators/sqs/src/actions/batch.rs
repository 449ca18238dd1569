//! What all batches have in common: their limits, and that their entries fail one by one.

use std::collections::HashSet;

use crate::limits;
use crate::refusal::Refusal;
use crate::wire::{BatchOutcome, ChangeVisibilityEntry, DeleteEntry, Failed, SendEntry, Successful};

pub(super) trait Entry {
    /// The id that the client gave it, by which its outcome is reported.
    fn id(&self) -> &str;
}

impl Entry for SendEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for DeleteEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Entry for ChangeVisibilityEntry {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Refuses a batch as a whole: its number of entries and their ids.
pub(super) fn check(entries: &[impl Entry]) -> Result<(), Refusal> {
    match entries.len() {
        0 => return Err(Refusal::EmptyBatchRequest),
        count if count > limits::BATCH_ENTRIES => return Err(Refusal::TooManyEntries(count)),
        _ => {}
    }
    let mut seen = HashSet::new();
    entries.iter().map(Entry::id).try_for_each(|id| match id {
        id if !is_id(id) => Err(Refusal::InvalidBatchEntryId),
        id if !seen.insert(id) => Err(Refusal::BatchEntryIdsNotDistinct(id.to_owned())),
        _ => Ok(()),
    })
}

fn is_id(id: &str) -> bool {
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    (1..=limits::BATCH_ENTRY_ID_LETTERS).contains(&id.len()) && id.chars().all(allowed)
}

/// Carries out every entry and collects the results.
///
/// # Errors
/// Only if the store fails: then no entry takes effect.
pub(super) fn each<E: Entry, T>(
    entries: &[E],
    mut carry_out: impl FnMut(&E) -> Result<T, Refusal>,
) -> Result<BatchOutcome<T>, Refusal> {
    let mut outcomes = BatchOutcome { successful: Vec::new(), failed: Vec::new() };
    for entry in entries {
        match carry_out(entry) {
            Ok(outcome) => outcomes.successful.push(Successful { id: entry.id().to_owned(), outcome }),
            Err(Refusal::Storage(error)) => return Err(Refusal::Storage(error)),
            Err(refusal) => outcomes.failed.push(failed(entry.id(), &refusal)),
        }
    }
    Ok(outcomes)
}

fn failed(id: &str, refusal: &Refusal) -> Failed {
    let code = refusal.code();
    Failed {
        id: id.to_owned(),
        code: code.query,
        message: refusal.to_string(),
        sender_fault: code.sender_fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(ids: &[&str]) -> Vec<DeleteEntry> {
        ids.iter().map(|id| DeleteEntry { id: (*id).to_owned(), receipt_handle: String::new() }).collect()
    }

    #[test]
    fn ids_must_be_well_formed_and_distinct() {
        assert!(check(&entries(&["a", "B-_9", &"x".repeat(80)])).is_ok());
        for ids in [&["", "a"][..], &["a b"], &["ä"], &[&"x".repeat(81)]] {
            assert!(matches!(check(&entries(ids)), Err(Refusal::InvalidBatchEntryId)), "{ids:?}");
        }
        assert!(
            matches!(check(&entries(&["a", "b", "a"])), Err(Refusal::BatchEntryIdsNotDistinct(id)) if id == "a")
        );
    }
}
