//! Campaigns and their batches: accepting, dispatching, reporting and ending them. The items and their keys are
//! drawn in [`keys`].

mod accept;
mod again;
mod batches;
mod control;
mod counts;
mod due;
mod follow;
mod head;
mod header;
mod keys;
mod person;
mod reports;
mod search;
mod secrets;
mod set_aside;
mod settle;
mod store;
mod turns;

pub use accept::{Acceptance, Accepted, DailyCap, TestCap};
pub use again::SendAgain;
pub use batches::BatchRecord;
pub use control::Controlled;
pub use counts::CountedCampaign;
pub use due::{DUE_SHARDS, Due, EVERY_DUE_SHARD, MAX_DUE, ReportableCampaign, UnknownItem};
pub use follow::FollowedCampaign;
pub use head::{Claimed, GiveBack, HeadState, Heads};
pub use header::{CampaignHeader, CampaignText, Creator};
pub use reports::{BATCHES_TOGETHER, BatchReports, ReportsApplied};
pub use search::{SearchedCampaign, Undelivered};
pub use set_aside::Mark;
pub use settle::{Finish, Moved};
pub use store::Campaigns;
pub use turns::StoredTurns;
