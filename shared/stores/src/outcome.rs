//! Results of writes by an id.

/// The result of storing something under a new id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Creation {
    /// The item is stored.
    Created,
    /// Another item has this id; nothing was written.
    IdTaken,
}

/// The result of a change or removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Changed {
    /// The change was made, or had been made before.
    Done,
    /// No item has this id; nothing was written.
    NotFound,
}
