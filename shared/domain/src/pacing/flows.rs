//! The campaigns that want turns of an account, and which of them comes next: first by organisation, then by campaign.
//!
//! The order matters only while turns are booked ahead. If the account is about to be idle, any campaign takes the
//! turn, because the campaign that comes first may not ask for a second or more.

use serde::{Deserialize, Serialize};

use super::micros::Micros;
use crate::{
    ids::OrganisationId,
    keys::CampaignKey,
    timestamp::{Millis, Timestamp},
};

/// How long after its last request a campaign counts as wanting turns.
const WANTED_FOR: Millis = Millis::from_secs(5);
/// A request is noted again only after this long, which saves writes.
const NOTED_FOR: Millis = Millis::from_secs(2);
/// A turn that begins within this time goes to any campaign.
const SOON: Millis = Millis(500);
/// Most campaigns that are recorded. Beyond these, the one that has not asked for longest is removed.
const MOST_FLOWS: usize = 32;

/// A campaign that wants turns.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Flow {
    #[serde(flatten)]
    campaign: CampaignKey,
    /// Whether it is a small send.
    small: bool,
    asked_at: Timestamp,
    /// When its last turn begins; far in the past if it had none.
    served_at: Micros,
    /// Whether it was refused since its last turn.
    waits: bool,
}

/// A campaign that asks now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asker {
    pub(super) campaign: CampaignKey,
    pub(super) small: bool,
    pub(super) now: Timestamp,
}

/// The campaigns that want turns.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Flows(Vec<Flow>);

impl Flows {
    /// Whether a campaign may take a turn that begins after `wait`.
    pub(super) fn admit(&self, asker: Asker, wait: Millis) -> bool {
        let wanted = self.wanted(asker.now);
        let mut others = wanted.iter().filter(|flow| flow.campaign != asker.campaign).peekable();
        if wait < SOON || others.peek().is_none() {
            return true;
        }
        let own = wanted.iter().find(|flow| flow.campaign == asker.campaign);
        let served_at = own.map_or(Micros::default(), |flow| flow.served_at);
        let has_a_turn_ahead = served_at > asker.now.into();
        let own = Flow {
            campaign: asker.campaign,
            small: asker.small,
            asked_at: asker.now,
            served_at,
            waits: true,
        };
        !has_a_turn_ahead && !others.any(|other| other.waits && precedes(&wanted, other, &own))
    }

    /// The flows after a turn of a campaign that begins at an instant.
    pub(super) fn served(&self, asker: Asker, begins: Micros) -> Self {
        self.noted(asker, |_| Some((begins, false)))
    }

    /// The flows after a refusal.
    pub(super) fn refused(&self, asker: Asker) -> Self {
        self.noted(asker, |known| match known {
            Some(flow) if flow.waits && asker.now.since(flow.asked_at) < NOTED_FOR => None,
            Some(flow) => Some((flow.served_at, true)),
            None => Some((Micros::default(), true)),
        })
    }

    fn noted(&self, asker: Asker, note: impl FnOnce(Option<&Flow>) -> Option<(Micros, bool)>) -> Self {
        let Asker { campaign, small, now } = asker;
        let mut flows = self.wanted(now);
        let known = flows.iter().position(|flow| flow.campaign == campaign);
        let Some((served_at, waits)) = note(known.map(|place| &flows[place])) else { return self.clone() };
        flows.retain(|flow| flow.campaign != campaign);
        if flows.len() >= MOST_FLOWS
            && let Some(oldest) = (0..flows.len()).min_by_key(|place| flows[*place].asked_at)
        {
            flows.remove(oldest);
        }
        flows.push(Flow { campaign, small, asked_at: now, served_at, waits });
        Self(flows)
    }

    /// Whether a campaign wants turns.
    pub(super) fn wants_at(&self, now: Timestamp) -> bool {
        !self.wanted(now).is_empty()
    }

    fn wanted(&self, now: Timestamp) -> Vec<Flow> {
        self.0.iter().copied().filter(|flow| now.since(flow.asked_at) < WANTED_FOR).collect()
    }
}

/// Whether one campaign comes before another: its organisation had its last turn earlier; or, within one organisation,
/// it is a small send and the other is not, or it had its last turn earlier.
fn precedes(flows: &[Flow], one: &Flow, other: &Flow) -> bool {
    let (first, second) = (one.campaign.organisation, other.campaign.organisation);
    if first != second {
        return served_at(flows, first) < served_at(flows, second);
    }
    (!one.small, one.served_at) < (!other.small, other.served_at)
}

fn served_at(flows: &[Flow], organisation: OrganisationId) -> Micros {
    let own = flows.iter().filter(|flow| flow.campaign.organisation == organisation);
    own.map(|flow| flow.served_at).max().unwrap_or_default()
}
