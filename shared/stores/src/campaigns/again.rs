//! The mark on a campaign whose recipients another campaign sends to again. The transaction that accepts the other
//! campaign writes the mark, so that no recipient is sent to again twice by mistake.

use domain::{ids::CampaignId, keys::CampaignKey, reasons::Reason};

use super::{header::CampaignHeader, keys::header_key, store::Campaigns};
use crate::{
    error::StoreError,
    item::{number, text, texts},
    table::{Change, Write},
};

/// A send to recipients of an earlier campaign.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SendAgain {
    /// The earlier campaign.
    pub of: CampaignKey,
    /// Whether the failed recipients are sent to.
    pub failed: bool,
    /// The reasons of the failed recipients that are sent to; empty if all of them are.
    pub reasons: Vec<Reason>,
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
        let is_free = |campaign: &CampaignId| self.may_repeat || self.replaces == Some(*campaign);
        let failed =
            header.resent_failed.filter(|campaign| self.repeats_failed(header) && !is_free(campaign));
        let unconfirmed = header.resent_unconfirmed.filter(|campaign| self.unconfirmed && !is_free(campaign));
        failed.or(unconfirmed)
    }

    /// Whether failed recipients that it is to are among those that were sent to again.
    fn repeats_failed(&self, header: &CampaignHeader) -> bool {
        let is_to_all = self.reasons.is_empty() || header.resent_codes.is_empty();
        self.failed && (is_to_all || self.codes().any(|code| header.resent_codes.contains(code)))
    }

    fn codes(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.reasons.iter().map(|reason| reason.code())
    }
}

impl Campaigns {
    /// The write of the mark.
    pub(super) fn again_write(&self, again: &SendAgain, campaign: CampaignId) -> Result<Write, StoreError> {
        let (mut sets, mut conditions) = (Vec::new(), vec!["attribute_exists(finished_at)".to_owned()]);
        let free = |name: &str| format!("attribute_not_exists({name}) OR {name} = :replaced");
        if again.failed {
            sets.push("resent_failed = :campaign");
        }
        if again.unconfirmed {
            sets.push("resent_unconfirmed = :campaign");
            conditions.push(format!("({})", free("resent_unconfirmed")));
        }
        let codes: Vec<&str> = again.codes().collect();
        let by_code = match (again.failed, codes.is_empty()) {
            (false, _) => "",
            (true, true) => {
                conditions.push(format!("({})", free("resent_failed")));
                conditions.push("attribute_not_exists(resent_codes)".to_owned());
                " REMOVE resent_codes"
            }
            (true, false) => {
                conditions.push(format!("({} OR attribute_exists(resent_codes))", free("resent_failed")));
                let others =
                    (0..codes.len()).map(|place| format!("NOT contains(resent_codes, :code{place})"));
                conditions.extend(others);
                " ADD resent_codes :codes"
            }
        };
        let mut change = Change::new(format!("SET {}{by_code}", sets.join(", ")));
        change = change.value(":campaign", number(campaign.get()));
        if !codes.is_empty() {
            change = change.value(":codes", texts(codes.iter().copied()));
        }
        if again.may_repeat {
            conditions.truncate(1);
        } else {
            // Campaigns are counted from 1.
            change = change.value(":replaced", number(again.replaces.map_or(0, CampaignId::get)));
            for (place, code) in codes.iter().enumerate() {
                change = change.value(&format!(":code{place}"), text(*code));
            }
        }
        self.table.write_change(&header_key(again.of), change.when(conditions.join(" AND ")))
    }
}
