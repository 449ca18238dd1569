//! Limits of the stored forms at sizes that no other test runs.
//!
//! | form | limit | reached at | a larger size needs |
//! |---|---|---|---|
//! | a leaf of a book or of the opt-outs | an item's 400 KB | 50 million numbers of a list | more leaves, and a new form of the book with their number |
//! | the origins of a leaf of the opt-outs | an item's 400 KB | 20 million numbers of a list | the same |
//! | a campaign's directory | an item's 400 KB | 44 million recipients | one directory for every 40,000 batches |
//!
//! The sizes are measured by encoding. The largest campaign ([`MAX_RECIPIENTS`]) is safely below all of these limits; a
//! campaign of ten times that size would exceed the directory's first.

use crate::{
    audience::Audience,
    audience::MAX_RECIPIENTS,
    batch::{BATCH_RECIPIENTS, BatchSize, Directory, batches_of},
    msisdn::Msisdn,
    opt_out::{OptOutOrigin, OptOutSource, pack_origins},
    packed::pack,
    roster::LEAVES,
    timestamp::Timestamp,
};

/// DynamoDB's largest item, names and keys included (developer guide, "Quotas").
const ITEM_BYTES: usize = 400 * 1024;
/// Bytes of an item besides the packed ones: keys, attribute names and numbers.
const BESIDE_BYTES: usize = 200;
/// Mobile numbers that one country's plan has room for.
const NUMBERS_OF_A_COUNTRY: usize = 1_000_000_000;

fn number(place: usize) -> Msisdn {
    Msisdn::from_digits(254_700_000_000 + place as u64).expect("a number")
}

/// A packed leaf of a list with this many numbers of one country.
fn leaf_bytes(contacts: usize) -> usize {
    let gap = NUMBERS_OF_A_COUNTRY / contacts * LEAVES;
    let numbers: Vec<Msisdn> = (0..contacts / LEAVES).map(|place| number(place * gap)).collect();
    pack(&numbers).len() + BESIDE_BYTES
}

fn directory_bytes(recipients: usize) -> usize {
    let of_batches = |batches: usize| {
        let mut audience = Audience::default();
        let numbers: Vec<Msisdn> = (0..batches * BATCH_RECIPIENTS).map(number).collect();
        audience.add_leaf(&[&pack(&numbers)], None).expect("a leaf");
        Directory::of(&audience, BatchSize::FULL).encode().len()
    };
    let (one, two) = (of_batches(1), of_batches(2));
    one + (two - one) * (batches_of(recipients as u64) as usize - 1) + BESIDE_BYTES
}

#[test]
fn a_leaf_holds_a_list_of_fifty_million_and_not_of_a_hundred() {
    assert!(leaf_bytes(50_000_000) <= ITEM_BYTES, "{}", leaf_bytes(50_000_000));
    assert!(leaf_bytes(100_000_000) > ITEM_BYTES, "{}", leaf_bytes(100_000_000));
}

#[test]
fn the_origins_of_a_leaf_hold_a_list_of_twenty_million_and_not_of_thirty() {
    // Opt-outs over ten years, by the network or by the organisation.
    let bytes = |opt_outs: usize| {
        let sources = [OptOutSource::Network, OptOutSource::Organisation];
        let at = |place: usize| {
            Timestamp::from_secs(1_800_000_000 + place as i64 * 315_360_000 * 256 / opt_outs as i64)
        };
        let origin = |place: usize| OptOutOrigin::new(sources[place % 2], None, at(place));
        pack_origins(&(0..opt_outs / LEAVES).map(origin).collect::<Vec<_>>()).len() + BESIDE_BYTES
    };
    assert!(bytes(20_000_000) <= ITEM_BYTES, "{}", bytes(20_000_000));
    assert!(bytes(30_000_000) > ITEM_BYTES, "{}", bytes(30_000_000));
}

#[test]
fn a_plan_of_the_largest_campaign_is_three_kilobytes_at_most() {
    // A batch holds numbers of one leaf. Numbers are randomly distributed, so that gaps are exponential; these are
    // the quantiles.
    let mean = (NUMBERS_OF_A_COUNTRY / MAX_RECIPIENTS * LEAVES) as f64;
    let gap = |place: usize| 1 + (-mean * ((place as f64 + 0.5) / BATCH_RECIPIENTS as f64).ln()) as usize;
    let numbers = (0..BATCH_RECIPIENTS).scan(0, |at, place| {
        *at += gap(place);
        Some(number(*at))
    });
    let bytes = pack(&numbers.collect::<Vec<_>>()).len() + BESIDE_BYTES;
    assert!(bytes <= 3 * 1024, "{bytes}: each further kilobyte is a write unit more for every batch");
}

#[test]
fn a_directory_holds_the_largest_campaign_four_times_and_not_ten_times() {
    assert!(4 * directory_bytes(MAX_RECIPIENTS) <= ITEM_BYTES, "{}", directory_bytes(MAX_RECIPIENTS));
    assert!(directory_bytes(10 * MAX_RECIPIENTS) > ITEM_BYTES);
}
