//! One table: the few kinds of read and write that the stores use.
//!
//! Reads are strongly consistent unless they say otherwise. Unprocessed items of batch calls and further pages are read
//! to the end; nothing returns a part.

mod change;
mod conflicts;
mod connection;
mod index;
mod range;
mod read;
mod transaction;
mod write;

pub use change::{Change, Conditional};
pub use connection::{BATCH_CALLS, DynamoDb, Table};
pub use index::IndexDefinition;
pub use range::Range;
pub use read::health_key;
pub use transaction::{RefusedWrite, Write};
