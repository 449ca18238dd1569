//! Checks that the caches are large enough, at sizes that no other test runs. A campaign is under way until 72 hours
//! after its end, and the locator searches all campaigns under way for a report without a reference. If the caches are
//! too small, each callback reads a plan of every campaign.

use std::sync::Arc;

use domain::{
    audience::Audience,
    batch::{BATCH_RECIPIENTS, BatchSize, Directory, batches_of},
    ids::CampaignId,
    keys::CampaignKey,
    msisdn::Msisdn,
    packed::pack,
};

use crate::{DIRECTORY_BYTES, PLAN_BYTES, cache::Cache, directory_bytes};

const RECIPIENTS: u64 = 1_000_000;

fn campaign(number: u64) -> CampaignKey {
    let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
    CampaignKey { organisation, campaign: CampaignId::new(number).unwrap() }
}

/// Numbers that differ as much as those of a million recipients of one country do on average.
fn numbers(count: usize) -> Vec<Msisdn> {
    (0..count).map(|place| Msisdn::from_digits(254_700_000_000 + 1_000 * place as u64).unwrap()).collect()
}

#[test]
fn the_plans_of_eighteen_campaigns_of_a_million_are_kept() {
    let mut plans = Cache::new(PLAN_BYTES);
    // A batch has numbers of one leaf: a 256th of the campaign's numbers.
    let far_apart: Vec<Msisdn> = numbers(256 * BATCH_RECIPIENTS).into_iter().step_by(256).collect();
    let plan: Arc<[u8]> = pack(&far_apart).into();
    let batches = || {
        (1..=18)
            .flat_map(|number| (0..batches_of(RECIPIENTS)).map(move |batch| campaign(number).batch(batch)))
    };
    for batch in batches() {
        plans.keep(batch, plan.clone(), plan.len());
    }
    assert!(batches().all(|batch| plans.get(&batch).is_some()));
}

#[test]
fn the_directories_of_four_hundred_campaigns_of_a_million_are_kept() {
    let mut audience = Audience::default();
    audience.add_leaf(&[&pack(&numbers(RECIPIENTS as usize))], None).unwrap();
    let directory = Directory::of(&audience, BatchSize::FULL);
    let (bytes, directory) = (directory_bytes(&directory), Arc::new(directory));
    let mut directories = Cache::new(DIRECTORY_BYTES);
    for number in 1..=400 {
        directories.keep(campaign(number), directory.clone(), bytes);
    }
    assert!((1..=400).all(|number| directories.get(&campaign(number)).is_some()));
}
