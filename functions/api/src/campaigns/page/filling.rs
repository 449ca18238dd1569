//! A page of one status is filled batch by batch.

use std::collections::VecDeque;

use domain::ids::{BatchNumber, Slot};
use stores::Position;

use super::{
    batch::Batch,
    found::{Found, Part},
    place::position,
};

/// The batches to read next: enough, by their sizes, for the wanted number of recipients.
pub fn next_round(batches: &mut VecDeque<(BatchNumber, u64)>, left: u64) -> Vec<(BatchNumber, u64)> {
    let (mut round, mut expected) = (Vec::new(), 0);
    while expected < left
        && let Some((batch, size)) = batches.pop_front()
    {
        expected += size;
        round.push((batch, size));
    }
    round
}

/// A page that is being filled, batch by batch.
#[derive(Default)]
pub struct Filling {
    parts: Vec<Part>,
    left: u64,
    unreadable: u64,
    /// The last position that the page has read.
    last: Option<Position>,
    /// Whether a recipient did not fit.
    is_cut: bool,
}

impl Filling {
    /// An empty page of this size.
    pub fn of(page_size: u64) -> Self {
        Self { left: page_size, ..Self::default() }
    }

    /// How many more recipients fit on the page.
    pub const fn left(&self) -> u64 {
        self.left
    }

    pub const fn is_full(&self) -> bool {
        self.left == 0
    }

    /// Adds the recipients of a batch.
    pub fn take(&mut self, batch: BatchNumber, read: Batch<Part>) {
        if self.left == 0 {
            self.is_cut |= match read {
                Batch::Read(part) => !part.slots.is_empty(),
                Batch::Unreadable(_) => true,
                Batch::Forgotten => false,
            };
            return;
        }
        self.unreadable += read.unreadable();
        self.last = Some(position(batch, Slot::MAX));
        let Some(mut part) = read.read() else { return };
        if part.slots.len() as u64 > self.left {
            part.slots.truncate(self.left as usize);
            self.is_cut = true;
            self.last = part.last();
        }
        self.left -= part.slots.len() as u64;
        self.parts.push(part);
    }

    /// The page. Another page follows if a recipient did not fit or batches were not read.
    pub fn into_found(self, total: u64, unreadable: u64, is_last_batch_read: bool) -> Found {
        let next = self.last.filter(|_| self.is_cut || !is_last_batch_read);
        Found { total, parts: self.parts, unreadable: unreadable + self.unreadable, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_reads_the_batches_that_fill_the_page() {
        let mut batches: VecDeque<_> = [(0, 3), (4, 90), (5, 10), (9, 1)].into();
        let numbers =
            |round: Vec<(BatchNumber, u64)>| round.iter().map(|(batch, _)| *batch).collect::<Vec<_>>();
        assert_eq!(numbers(next_round(&mut batches, 100)), [0, 4, 5]);
        assert_eq!(numbers(next_round(&mut batches, 100)), [9]);
        assert_eq!(numbers(next_round(&mut batches, 100)), [0; 0]);
    }
}
