//! What only an operator does: organisations, keys, money. There is no HTTP for it, on purpose.
//!
//! Called by the command line, by the demo and by tests. It writes the accounts table directly, through
//! the same store as the functions do, and never touches books or campaigns.

mod changes;
mod hold;
mod keys;
mod organisations;
mod redrive;
mod set_aside;
mod slug;

pub use changes::{Changes, Setting, change_organisation};
pub use hold::{Held, RESTORED, hold_every_campaign};
pub use keys::{IssuedKey, NewKey, issue_key};
pub use organisations::{NewOrganisation, OrganisationError, create_organisation};
pub use redrive::{RedriveError, Redriven, redrive};
pub use set_aside::{TakeUpError, TakenUp, take_up_set_aside};
pub use slug::{OrganisationName, OrganisationNameError, Slug, SlugError};
