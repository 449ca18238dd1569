//! How the table treats a second record of a number.

use domain::journal::Written;

/// The result of writing a record under a number that another worker's record has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Taken {
    /// The result that the worker gets.
    pub told: Written,
    /// Whether its record replaces the other one.
    pub is_replaced: bool,
}

impl Taken {
    /// The fence: the table keeps the first record and refuses the second.
    pub const FENCED: Self = Self { told: Written::Fenced, is_replaced: false };
    /// Without the fence.
    pub const REPLACED: Self = Self { told: Written::Ours, is_replaced: true };
}
