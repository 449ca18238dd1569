//! The rules of the business: who is sent to, in which batches, at what price, and with which outcome.
//!
//! **Architecture invariant.** Nothing here is async, reads a clock, draws a random number, opens a file or a socket,
//! reads the environment or knows an SDK. Time, random numbers and bytes are arguments; values and decisions are
//! results. So every rule can be tested without a machine around it, and replayed.
//!
//! The path of a send, one type per stage, each consuming the one before: `MessageText` + rosters →
//! [`audience::Audience`] → [`tariff::Quote`] → [`wallet::Posting`] + [`campaign`] → [`batch::RecipientBatch`] →
//! [`outcome::SendOutcome`]s in the [`journal`] → [`campaign::CampaignReport`].

pub mod acceptance;
pub mod api_key;
pub mod audience;
pub mod batch;
pub mod campaign;
pub mod clock;
pub mod delivery;
pub mod dispatch;
pub mod duplicate;
pub mod ids;
pub mod journal;
pub mod keys;
pub mod lane;
mod mixed;
pub mod money;
pub mod msisdn;
pub mod network;
pub mod number_search;
pub mod opt_out;
pub mod organisation;
pub mod outcome;
pub mod pacing;
pub mod packed;
pub mod phone;
pub mod prefix;
pub mod rate;
pub mod reasons;
pub mod receipt;
pub mod retry;
pub mod roster;
pub mod routes;
#[cfg(test)]
mod scale;
pub mod scope;
pub mod sender_id;
pub mod settlement;
pub mod stop;
pub mod tariff;
pub mod text;
pub mod timestamp;
pub mod visible;
pub mod wallet;
