//! Address books: headers, contacts, and the rosters that a send reads.
//!
//! Called by the function `books`, which edits, by `api`, which reads headers and rosters, and by `clock`, which
//! removes the items of deleted books and repairs books whose edits were killed. It does not parse phone numbers and
//! knows nothing of HTTP.
//!
//! A book's numbers are stored twice: in its contacts, which requests list, and packed in its roster, which a send
//! reads. After any crash and any race the two agree: edits of a book run one after another ([`lease`]), and an edit
//! that was left unfinished is [repaired](repair) by the next edit. A [`change`] of one contact is a transaction.

mod change;
mod contact;
mod contacts;
mod deleted;
mod error;
mod header;
mod import;
mod import_notes;
mod keys;
mod lease;
mod leaves;
mod left;
mod lookup;
mod removal;
mod repair;
mod roster;
mod slots;
mod store;

pub use change::ContactChanged;
pub use contact::{Contact, ContactDraft, changed::ContactChange};
pub use error::EditError;
pub use header::{Book, LEASE};
pub use import::Imported;
pub use lease::LONGEST_EDIT;
pub use left::{LeftEdit, LeftEditFound, MARKED_FOR};
pub use removal::Removal;
pub use roster::Roster;
pub use slots::{ImportSlot, LONG_IMPORT_CONTACTS, SlotsTaken};
pub use store::AddressBooks;
