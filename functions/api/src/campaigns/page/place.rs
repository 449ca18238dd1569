//! Recipients' places in a campaign, and their positions in the list of its messages.

use domain::ids::{BatchNumber, Slot};
use stores::Position;

/// A recipient's place in a campaign.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Place {
    pub batch: BatchNumber,
    pub slot: u32,
}

impl Place {
    /// The first place after a position. A position that is no recipient's is after all of them.
    pub fn after(Position(position): Position) -> Self {
        let batch = BatchNumber::try_from(position >> Slot::BITS).unwrap_or(BatchNumber::MAX);
        match position as Slot {
            Slot::MAX => Self { batch: batch.saturating_add(1), slot: 0 },
            slot => Self { batch, slot: u32::from(slot) + 1 },
        }
    }

    /// How many recipients come before it, given the recipients of each batch.
    pub fn index(self, sizes: &[u64]) -> u64 {
        let before = sizes.iter().take(self.batch as usize).sum::<u64>();
        let within = sizes.get(self.batch as usize).copied().unwrap_or_default();
        before + u64::from(self.slot).min(within)
    }
}

/// A recipient's position. The last slot that there can be is the end of a batch: no batch is so large.
pub const fn position(batch: BatchNumber, slot: Slot) -> Position {
    Position((batch as u128) << Slot::BITS | slot as u128)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_after_a_position_is_the_next_recipient() {
        let sizes = [1_000, 164, 0];
        let index = |position| Place::after(position).index(&sizes);
        assert_eq!(index(position(0, 0)), 1);
        assert_eq!(index(position(0, 999)), 1_000);
        assert_eq!(index(position(0, Slot::MAX)), 1_000);
        assert_eq!(index(position(1, 163)), 1_164);
        assert_eq!(index(Position(u128::MAX)), 1_164);
        assert_eq!(Place::default().index(&sizes), 0);
    }
}
