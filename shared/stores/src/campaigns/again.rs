//! The mark on a campaign whose recipients another campaign sends to again. The transaction that accepts the other
//! campaign writes the mark, so that no recipient is sent to again twice by mistake.

use aws_sdk_dynamodb::types::AttributeValue;
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
    /// Whether all of the failed recipients were sent to again before: see [`Self::follows_all_of`].
    pub follows_all: bool,
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

    /// Whether a campaign that it does not replace has sent again to all of the failed recipients.
    pub fn follows_all_of(&self, header: &CampaignHeader) -> bool {
        let earlier = header.resent_failed.filter(|campaign| self.replaces != Some(*campaign));
        earlier.is_some() && header.resent_codes.is_empty()
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
        let codes: Vec<&str> = again.codes().collect();
        let Mark { failed, codes: change_of_codes, condition } = Mark::of(again, &codes);
        let unconfirmed = again.unconfirmed.then_some("resent_unconfirmed = :campaign");
        // The mark may now hide an earlier one, whose campaign reached the recipients.
        let hides = again.may_repeat.then_some("resent_as_duplicate = :yes");
        let sets: Vec<&str> = failed.into_iter().chain(unconfirmed).chain(hides).collect();
        let mut conditions = vec!["attribute_exists(finished_at)".to_owned()];
        conditions.extend(condition);
        if !again.may_repeat {
            conditions.extend(first_time(again, codes.len()));
        }
        let condition = conditions.join(" AND ");
        let mut change = Change::new(format!("SET {}{change_of_codes}", sets.join(", ")));
        change = change.value(":campaign", number(campaign.get()));
        if again.may_repeat {
            change = change.value(":yes", AttributeValue::Bool(true));
        }
        if change_of_codes.contains(":codes") {
            change = change.value(":codes", texts(codes.iter().copied()));
        }
        if condition.contains(":replaced") {
            // Campaigns are counted from 1.
            change = change.value(":replaced", number(again.replaces.map_or(0, CampaignId::get)));
        }
        if !again.may_repeat {
            for (place, code) in codes.iter().enumerate() {
                change = change.value(&format!(":code{place}"), text(*code));
            }
        }
        self.table.write_change(&header_key(again.of), change.when(condition))
    }
}

/// The part of the mark that is about the failed recipients.
struct Mark {
    failed: Option<&'static str>,
    codes: &'static str,
    /// The condition of the write, whether or not recipients may be sent to again twice.
    condition: Option<String>,
}

impl Mark {
    fn of(again: &SendAgain, codes: &[&str]) -> Self {
        let failed = Some("resent_failed = :campaign");
        match (again.failed, codes.is_empty()) {
            (false, _) => Self { failed: None, codes: "", condition: None },
            (true, true) => Self { failed, codes: " REMOVE resent_codes", condition: None },
            // Codes in the mark would say that the failed recipients of other codes were not sent to again.
            (true, false) if again.follows_all => Self {
                failed: Some("resent_failed = if_not_exists(resent_failed, :campaign)"),
                codes: "",
                condition: Some("attribute_not_exists(resent_codes)".to_owned()),
            },
            (true, false) => Self {
                failed,
                codes: " ADD resent_codes :codes",
                condition: Some(format!("({} OR attribute_exists(resent_codes))", free("resent_failed"))),
            },
        }
    }
}

/// The conditions under which none of the recipients was sent to again before.
fn first_time(again: &SendAgain, codes: usize) -> Vec<String> {
    let mut conditions = Vec::new();
    if again.unconfirmed {
        conditions.push(format!("({})", free("resent_unconfirmed")));
    }
    if again.failed && codes == 0 {
        conditions.push(format!("({})", free("resent_failed")));
        conditions.push("attribute_not_exists(resent_codes)".to_owned());
    }
    conditions.extend((0..codes).map(|place| format!("NOT contains(resent_codes, :code{place})")));
    conditions
}

/// The condition that no campaign has left this mark, or that the replaced one has.
fn free(mark: &str) -> String {
    format!("attribute_not_exists({mark}) OR {mark} = :replaced")
}
