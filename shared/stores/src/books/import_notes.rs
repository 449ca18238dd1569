//! When an import of several slices notes in the header how far it came, and when it reads a slice without a lease.
//!
//! A file that is imported again changes nothing: its slices are only read, until one has changed or the next note is
//! due. A note costs an edit, and saves a repeated import the reading of what came before it.

use std::time::Duration;

use tokio::time::Instant;

use super::header::ImportProgress;

/// How long an import only reads before it notes how far it came: a fraction of an invocation, so that an import that
/// is killed or cut short in each invocation still comes further each time.
const NOTE_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Notes {
    progress: ImportProgress,
    /// Number of slices of the whole import.
    slices: u64,
    /// The header has a note, which the last slice removes.
    is_stored: bool,
    /// Whether the next slice may have nothing new.
    may_be_known: bool,
    /// The end of the last edit, or the begin of the import.
    edited: Instant,
}

impl Notes {
    /// An import that begins, or goes on after `progress`. `may_be_known`: the book is large enough to have its contacts.
    pub(super) fn new(progress: ImportProgress, slices: u64, may_be_known: bool) -> Self {
        Self { progress, slices, is_stored: progress.slices > 0, may_be_known, edited: Instant::now() }
    }

    /// An import of one slice, which is one edit.
    pub(super) fn of_one_slice() -> Self {
        Self::new(ImportProgress::default(), 1, false)
    }

    /// Whether an earlier import of the same rows stored this slice, of slices numbered from 1.
    pub(super) const fn has(&self, slice: u64) -> bool {
        slice <= self.progress.slices
    }

    /// Whether to compare a slice with the book before an edit is begun.
    pub(super) fn may_be_unchanged(&self, slice: u64) -> bool {
        let must_remove_note = self.is_stored && slice == self.slices;
        self.may_be_known && !self.is_due() && !must_remove_note
    }

    pub(super) fn after_edit(&self, slice: u64, changed: bool) -> Option<ImportProgress> {
        let worth_it = changed || self.is_stored || self.is_due();
        (slice < self.slices && worth_it).then_some(ImportProgress { slices: slice, ..self.progress })
    }

    /// Takes over that the edit of a slice is finished.
    pub(super) fn edited(&mut self, stored: Option<ImportProgress>, changed: bool) {
        *self = Self { is_stored: stored.is_some(), may_be_known: !changed, edited: Instant::now(), ..*self };
    }

    fn is_due(&self) -> bool {
        self.edited.elapsed() >= NOTE_EVERY
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    fn edit(notes: &mut Notes, slice: u64, changed: bool) -> Option<u64> {
        let stored = notes.after_edit(slice, changed);
        notes.edited(stored, changed);
        stored.map(|progress| progress.slices)
    }

    #[tokio::test(start_paused = true)]
    async fn slices_that_change_something_are_noted_except_the_last() {
        let mut notes = Notes::new(ImportProgress::default(), 3, false);
        for (slice, noted) in [(1, Some(1)), (2, Some(2)), (3, None)] {
            assert!(!notes.may_be_unchanged(slice));
            assert_eq!(edit(&mut notes, slice, true), noted);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_import_that_changes_nothing_is_an_edit_each_second() {
        let mut notes = Notes::new(ImportProgress::default(), 9, true);
        assert!(notes.may_be_unchanged(1) && notes.may_be_unchanged(9));
        advance(NOTE_EVERY).await;
        assert!(!notes.may_be_unchanged(5));
        assert_eq!(edit(&mut notes, 5, false), Some(5));
        assert!(notes.may_be_unchanged(6));
        assert!(!notes.may_be_unchanged(9), "the last edit removes the note");
        assert_eq!(edit(&mut notes, 9, false), None);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_slice_without_changes_the_next_is_only_read() {
        let mut notes = Notes::new(ImportProgress::default(), 3, false);
        assert_eq!(edit(&mut notes, 1, false), None);
        assert!(notes.may_be_unchanged(2) && notes.may_be_unchanged(3));
        assert_eq!(edit(&mut notes, 2, true), Some(2));
        assert!(!notes.may_be_unchanged(3));
    }

    #[tokio::test(start_paused = true)]
    async fn an_import_that_goes_on_keeps_its_note() {
        let mut notes = Notes::new(ImportProgress { slices: 4, ..ImportProgress::default() }, 9, false);
        assert!(notes.has(4) && !notes.has(5));
        assert_eq!(edit(&mut notes, 5, false), Some(5));
    }
}
