//! The operator's work: organisations, keys and money; stops, and holding campaigns after a restore; campaigns of any
//! organisation; showing and erasing a person's data; redriving dead letters and batches that were set aside. It is
//! deliberately not available over HTTP.
//!
//! Called by the command line, by the demo and by tests. It writes the tables directly, through the same stores as the
//! functions, and never changes books except to erase a person.

mod campaigns;
mod changes;
mod hold;
mod keys;
mod organisations;
mod person;
mod redrive;
mod routes;
mod secrets;
mod set_aside;
mod slug;
mod stop;

pub use campaigns::{OpenCampaigns, Resumed, open_campaigns, resume_faulted};
pub use changes::{Changes, Setting, change_organisation};
pub use hold::{Held, RESTORED, hold_every_campaign};
pub use keys::{IssuedKey, NewKey, issue_key};
pub use organisations::{NewOrganisation, OrganisationError, create_organisation};
pub use person::{Person, PersonError, PersonMessage, erase_person, find_person};
pub use redrive::{RedriveError, Redriven, redrive};
pub use routes::{RouteChangeError, remove_routes, routes_to, set_routes, with_shares};
pub use secrets::{SecretText, SecretsError, add_callback_secret, merge_secrets, read_secrets};
pub use set_aside::{TakeUpError, TakenUp, take_up_set_aside};
pub use slug::{OrganisationName, OrganisationNameError, Slug, SlugError};
pub use stop::{StopScope, go, stop};
