//! What the table does with a second record of a number.

use domain::journal::Written;

/// What comes of a record that is written under the number of another worker's record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// What the worker is told.
    pub told: Written,
    /// Whether its record replaces the other one.
    pub is_replaced: bool,
}

impl Taken {
    /// The fence: the first record stands, and the second worker is told.
    pub const FENCED: Self = Self { told: Written::Fenced, is_replaced: false };
    /// Without the fence.
    pub const REPLACED: Self = Self { told: Written::Ours, is_replaced: true };
}
