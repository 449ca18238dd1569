//! Judges the stored items by the messages that the provider took.

use std::collections::{BTreeSet, HashMap};

use auditor::{
    Place, Status, StoredCampaigns,
    stored_campaigns::{Batch, Campaign, Recipient},
};

use super::{
    provider_truth::{CampaignTruth, ProviderTruth},
    verdict::{Rule, Verdict},
};

/// How often the provider took a number, by the stored items of all live campaigns.
#[derive(Clone, Debug)]
struct Claim {
    /// The least: recipients that are shown as sent.
    certain: u32,
    /// The most: including unconfirmed recipients and those in flight.
    possible: u32,
    /// The place of one of the recipients.
    place: Place,
}

/// Judges every campaign that was read; `only` is the organisation that was audited, if not all were.
pub fn judge(truth: &ProviderTruth, campaigns: &StoredCampaigns, only: Option<&str>, verdict: &mut Verdict) {
    judge_unknown_campaigns(truth, campaigns, only, verdict);
    if truth.has_references() {
        let nothing_taken = CampaignTruth::new();
        for campaign in &campaigns.campaigns {
            let taken = truth.campaign(&campaign.organisation, campaign.campaign).unwrap_or(&nothing_taken);
            judge_campaign(campaign, taken, verdict);
        }
    } else {
        judge_numbers(truth.numbers(), &claims(campaigns), verdict);
    }
    judge_unknown_outcomes(truth, campaigns, verdict);
}

fn judge_unknown_campaigns(
    truth: &ProviderTruth,
    campaigns: &StoredCampaigns,
    only: Option<&str>,
    verdict: &mut Verdict,
) {
    let stored: BTreeSet<(&str, u64)> = campaigns
        .campaigns
        .iter()
        .map(|campaign| (campaign.organisation.as_str(), campaign.campaign))
        .collect();
    for (organisation, campaign) in truth.campaigns() {
        if only.is_none_or(|only| only == organisation) && !stored.contains(&(organisation, campaign)) {
            let place = Place::Campaign { organisation: organisation.to_owned(), campaign };
            verdict.find(
                Rule::TakenIsShown,
                place,
                "the provider took messages of it, and it does not exist",
            );
        }
    }
}

fn judge_campaign(campaign: &Campaign, taken: &CampaignTruth, verdict: &mut Verdict) {
    for batch in &campaign.batches {
        let Some(recipients) = &batch.recipients else { continue };
        if campaign.is_live {
            judge_batch(campaign, batch.number, recipients, taken, verdict);
        } else {
            judge_test(campaign, batch, taken, verdict);
        }
    }
}

/// A test campaign hands no recipient to the provider.
fn judge_test(campaign: &Campaign, batch: &Batch, taken: &CampaignTruth, verdict: &mut Verdict) {
    let count = taken.range((batch.number, 0)..=(batch.number, u16::MAX)).count();
    if count > 0 {
        let place = Place::Batch {
            organisation: campaign.organisation.clone(),
            campaign: campaign.campaign,
            batch: batch.number,
        };
        verdict.find(Rule::TakenIsShown, place, format!("it is a test, and the provider took {count} of it"));
    }
}

fn judge_batch(
    campaign: &Campaign,
    batch: u32,
    recipients: &[Recipient],
    taken: &CampaignTruth,
    verdict: &mut Verdict,
) {
    for (slot, recipient) in (0..).zip(recipients) {
        let taken = taken.get(&(batch, slot)).copied().unwrap_or_default();
        let shown = recipient.shown;
        let mut find = |rule, what: String| verdict.find(rule, place(campaign, batch, slot), what);
        if taken.times > 1 {
            find(Rule::TakenOnce, format!("the provider took it {} times", taken.times));
        }
        if taken.times == 0 && was_taken(recipient) {
            find(Rule::ShownAsTaken, format!("it is {shown}, and the provider never took it"));
        }
        if taken.times > 0 && !may_be_taken(recipient) {
            find(Rule::TakenIsShown, format!("it is {shown}, and the provider took it"));
        }
        if taken.times > 0 && recipient.number.is_some_and(|number| taken.number != number) {
            find(Rule::TakenIsShown, "the provider took it for another number".to_owned());
        }
    }
    for &(batch, slot) in taken.range((batch, 0)..=(batch, u16::MAX)).map(|(place, _)| place) {
        if usize::from(slot) >= recipients.len() {
            let what = "the provider took it, and the batch has no such recipient";
            verdict.find(Rule::TakenIsShown, place(campaign, batch, slot), what);
        }
    }
}

/// Judges all live campaigns together, if the provider's messages are known only by their numbers.
fn judge_numbers(taken: &HashMap<u64, u32>, claims: &HashMap<u64, Claim>, verdict: &mut Verdict) {
    for (number, Claim { certain, possible, place }) in claims {
        let times = taken.get(number).copied().unwrap_or_default();
        if times > *possible {
            let rule = if *possible == 0 { Rule::TakenIsShown } else { Rule::TakenOnce };
            let what = format!("the provider took its number {times} times, at most {possible} are shown");
            verdict.find(rule, place.clone(), what);
        }
        if times < *certain {
            let what = format!("the provider took its number {times} times, {certain} are shown as sent");
            verdict.find(Rule::ShownAsTaken, place.clone(), what);
        }
    }
    let unknown = taken.keys().filter(|number| !claims.contains_key(number)).count();
    if unknown > 0 {
        let what = format!("the provider took {unknown} numbers that no live campaign has");
        verdict.find(Rule::TakenIsShown, Place::Tables, what);
    }
}

fn claims(campaigns: &StoredCampaigns) -> HashMap<u64, Claim> {
    let mut claims = HashMap::new();
    for (campaign, batch, recipients) in live_batches(campaigns) {
        for (slot, recipient) in (0..).zip(recipients) {
            // The number of an erased recipient is not known.
            let Some(number) = recipient.number else { continue };
            let claim = claims.entry(number).or_insert_with(|| Claim {
                certain: 0,
                possible: 0,
                place: place(campaign, batch, slot),
            });
            claim.certain += u32::from(was_taken(recipient));
            claim.possible += u32::from(may_be_taken(recipient));
        }
    }
    claims
}

fn judge_unknown_outcomes(truth: &ProviderTruth, campaigns: &StoredCampaigns, verdict: &mut Verdict) {
    let recipients = live_batches(campaigns).flat_map(|(_, _, recipients)| recipients);
    let unknown = recipients.filter(|recipient| recipient.submitted == Status::Unconfirmed).count() as u64;
    if truth.unknown_limit().is_some_and(|limit| unknown > limit) {
        let what = format!("{unknown} recipients are unknown, more than lost answers explain");
        verdict.find(Rule::Unknowns, Place::Tables, what);
    }
}

/// The readable batches of live campaigns, with their campaigns and numbers.
fn live_batches(campaigns: &StoredCampaigns) -> impl Iterator<Item = (&Campaign, u32, &[Recipient])> {
    let live = campaigns.campaigns.iter().filter(|campaign| campaign.is_live);
    live.flat_map(|campaign| campaign.batches.iter().map(move |batch| (campaign, batch)))
        .filter_map(|(campaign, batch)| Some((campaign, batch.number, batch.recipients.as_deref()?)))
}

fn was_taken(recipient: &Recipient) -> bool {
    recipient.shown.was_accepted()
}

fn may_be_taken(recipient: &Recipient) -> bool {
    was_taken(recipient) || recipient.shown == Status::Unconfirmed || recipient.is_in_flight
}

fn place(campaign: &Campaign, batch: u32, slot: u16) -> Place {
    let Campaign { organisation, campaign, .. } = campaign;
    Place::Slot { organisation: organisation.clone(), campaign: *campaign, batch, slot }
}
