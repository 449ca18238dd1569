//! Scale on paper: what finding a report's recipient costs by the number of campaigns under way. A campaign is
//! under way until 72 hours after its end, and a provider that echoes no reference has its reports looked for
//! in every one of them.
//!
//! | under way | binds | then | what would have to change |
//! |---|---|---|---|
//! | 18 campaigns of a million | the plans that an instance keeps | each callback reads a plan of every campaign: at a hundred campaigns $12 a million, twenty times all the rest | callback addresses that name the organisation, or campaigns that leave the list once all have reported |
//! | 460 campaigns of a million | the directories that it keeps | as many reads again | the same |
//! | 10,000 organisations, a small campaign a day each | the list of them: 29 instances read as much of it as a new table gives | throttled callbacks, which providers repeat | the same, or a list that is kept longer than a second |
//!
//! The sandbox echoes references, as providers should; none of this is for them.

use domain::{
    audience::Audience,
    batch::{BATCH_RECIPIENTS, BatchSize, Directory, batches_of},
    msisdn::Msisdn,
    packed::pack,
};

use crate::{DIRECTORY_BYTES, LIST_KEPT, PLAN_BYTES, cache::ENTRY_BYTES};

/// A new table's read units a second, on demand.
const TABLE_READS: f64 = 12_000.0;
/// Bytes of an eventually consistent read unit.
const UNIT_BYTES: f64 = 8_192.0;
/// An entry of the list: two keys of the table, two of the index, and what DynamoDB adds.
const LISTED_BYTES: f64 = 110.0;
/// Dollars for a read unit (`tests/benches/prices.json`).
const READ_UNIT: f64 = 0.125e-6;
/// A plan as it is kept, numbers two to three bytes apart.
const PLAN: usize = 3_000 + ENTRY_BYTES;
/// Days that a campaign is under way.
const DAYS: f64 = 3.0;

fn directory_bytes(recipients: u64) -> usize {
    let of = |batches: usize| {
        let mut audience = Audience::default();
        let number = |place: usize| Msisdn::from_digits(254_700_000_000 + place as u64).expect("a number");
        let numbers: Vec<Msisdn> = (0..batches * BATCH_RECIPIENTS).map(number).collect();
        audience.add_leaf(&[&pack(&numbers)], None).expect("a leaf");
        Directory::of(&audience, BatchSize::FULL).encode().len()
    };
    let each = of(2) - of(1);
    (of(1) + each * (batches_of(recipients) as usize - 1)) * 2 + ENTRY_BYTES
}

#[test]
fn plans_are_kept_of_eighteen_campaigns_of_a_million_and_directories_of_four_hundred_and_sixty() {
    let plans = PLAN_BYTES / PLAN / batches_of(1_000_000) as usize;
    assert_eq!(plans, 18);
    assert_eq!(DIRECTORY_BYTES / directory_bytes(1_000_000), 461);
}

#[test]
fn beyond_what_is_kept_a_callback_costs_a_read_for_every_campaign() {
    // A plan of up to 4 KB, consistently, for each of a hundred campaigns and a million callbacks.
    let dollars = 100.0 * 1e6 * READ_UNIT;
    assert!((12.0..13.0).contains(&dollars), "{dollars}");
}

#[test]
fn ten_thousand_organisations_small_campaigns_are_kept_and_their_list_binds_at_twenty_nine_instances() {
    let under_way = 10_000.0 * DAYS;
    assert!(under_way * (directory_bytes(1_000) as f64) < DIRECTORY_BYTES as f64);
    let units_a_second = under_way * LISTED_BYTES / UNIT_BYTES / (LIST_KEPT.0 as f64 / 1e3);
    assert_eq!((TABLE_READS / units_a_second).floor(), 29.0);
}
