//! The mark on a campaign whose recipients another campaign sends to again. The transaction that accepts the other
//! campaign writes the mark, so that no recipient is sent to again twice by mistake.

use domain::{ids::CampaignId, keys::CampaignKey};

use super::{header::CampaignHeader, keys::header_key, store::Campaigns};
use crate::{
    error::StoreError,
    item::number,
    table::{Change, Write},
};

/// A send to recipients of an earlier campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendAgain {
    /// The earlier campaign.
    pub of: CampaignKey,
    /// Whether the failed recipients are sent to.
    pub failed: bool,
    /// Whether the unconfirmed recipients are sent to.
    pub unconfirmed: bool,
    /// Whether they may have been sent to again before.
    pub may_repeat: bool,
    /// The campaign that sent to them again before, if it reached no recipient.
    pub replaces: Option<CampaignId>,
}

impl SendAgain {
    /// The campaign that has already sent to these recipients again; does not count the one that may be replaced.
    pub fn repeats(&self, header: &CampaignHeader) -> Option<CampaignId> {
        let failed = header.resent_failed.filter(|_| self.failed);
        let unconfirmed = header.resent_unconfirmed.filter(|_| self.unconfirmed);
        failed.or(unconfirmed).filter(|campaign| !self.may_repeat && self.replaces != Some(*campaign))
    }

    fn attributes(&self) -> impl Iterator<Item = &'static str> {
        let failed = self.failed.then_some("resent_failed");
        failed.into_iter().chain(self.unconfirmed.then_some("resent_unconfirmed"))
    }
}

impl Campaigns {
    /// The write of the mark.
    pub(super) fn again_write(&self, again: &SendAgain, campaign: CampaignId) -> Result<Write, StoreError> {
        let sets: Vec<String> = again.attributes().map(|name| format!("{name} = :campaign")).collect();
        let change =
            Change::new(format!("SET {}", sets.join(", "))).value(":campaign", number(campaign.get()));
        let free = |name: &str| format!("(attribute_not_exists({name}) OR {name} = :replaced)");
        let mut conditions = vec!["attribute_exists(finished_at)".to_owned()];
        let change = match again.may_repeat {
            true => change,
            false => {
                conditions.extend(again.attributes().map(free));
                // Campaigns are counted from 1.
                change.value(":replaced", number(again.replaces.map_or(0, CampaignId::get)))
            }
        };
        self.table.write_change(&header_key(again.of), change.when(conditions.join(" AND ")))
    }
}
