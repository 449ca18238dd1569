//! Results of writes by an id.

/// The result of storing something under a new id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Creation {
    /// It is stored.
    Created,
    /// Something else has this id; nothing was written.
    IdTaken,
}

/// The result of a change or removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Changed {
    /// It is as it was asked to be.
    Done,
    /// Nothing has this id; nothing was written.
    NotFound,
}
