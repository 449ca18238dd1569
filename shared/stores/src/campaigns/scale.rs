//! Scale on paper: which limit of DynamoDB is reached first, calculated with this crate's constants.
//!
//! | at once | limit reached first | where | what would have to change |
//! |---|---|---|---|
//! | one campaign of 10 million | a new table's write rate: its plans take 7.5 s of the accept | [`TABLE`] | warm throughput for the table, or a larger `BATCH_RECIPIENTS` |
//! | one campaign of 100 million | the same, 75 s: past the gateway's 30 s, so it is rejected (`MAX_RECIPIENTS`) | [`TABLE`] | answer 202 before the plans are written, and expand in a worker |
//! | one organisation, 100,000 recipients/s | closes of batches, one after another on its wallet | [`closes_a_second`] | wallet shards that the clock sums up |
//! | 1,000 campaigns of a million | the clock reads every head and every counts item every two minutes: 8,500 units/s of a new table's 12,000 | `look_units_a_second` | open batches kept as a bitmap in the header |
//! | 2,000 campaigns, 10,000 organisations | the clock checks [`MAX_DUE`] of each shard a minute: checks come later | `functions/clock/src/scale.rs` | more shards, a clock for each |
//! | 240,000 campaigns under way | the index `due`: every check moves an entry | [`DUE_SHARDS`] | more shards |
//!
//! Limits are those of the DynamoDB developer guide, "Quotas" and "Partition key design"; the time of a call is
//! assumed, as in `tests/benches/prices.json`.

use domain::{
    batch::{BATCH_RECIPIENTS, MAX_RECIPIENTS, batches_of},
    campaign::deadlines::LOOK_EVERY,
    ids::{CampaignId, OrganisationId},
    keys::CampaignKey,
    money::Money,
    msisdn::Msisdn,
    packed::pack,
    timestamp::{Millis, Timestamp},
    wallet::{Posting, PostingKind, Settlement},
};
use platform::{
    aws::AwsSettings,
    http::{HttpClient, Roots},
};
use uuid::Uuid;

use super::{DUE_SHARDS, counts::BATCHES_OF_AN_ITEM, due::MAX_DUE, reports::BATCHES_TOGETHER};
use crate::{
    accounts::wallets::posting_writes,
    retry::{Limit, RetryPolicy},
    table::{DynamoDb, Table},
};

/// Units a second.
struct Rates {
    write: f64,
    read: f64,
}

const PARTITION: Rates = Rates { write: 1_000.0, read: 3_000.0 };
/// Write units a second of a new on-demand table. The rate doubles by itself within half an hour of such a load.
const TABLE: Rates = Rates { write: 4_000.0, read: 12_000.0 };
const TRANSACTION_ITEMS: usize = 100;
/// Units of one item of up to 1 KB in a transaction.
const TRANSACTION_UNITS: f64 = 2.0;
/// How long the gateway waits for an accept.
const GATEWAY_SECONDS: f64 = 30.0;
/// Assumed: a transaction, from the first lock on its items to the last release.
const TRANSACTION_SECONDS: f64 = 0.010;
/// Mobile numbers of a country's numbering plan. Fewer recipients have larger gaps between their numbers.
const NUMBERS_OF_A_COUNTRY: usize = 1_000_000_000;
/// Bytes of a plan's item without its recipients: key, names and numbers.
const PLAN_BESIDE_BYTES: usize = 130;

/// Write units of a campaign's plans.
fn plan_units(recipients: usize) -> f64 {
    // A batch holds numbers of one leaf, between which the gaps are 256 times as large. Numbers are randomly
    // distributed, so that gaps are exponential; these are the quantiles.
    let mean = (NUMBERS_OF_A_COUNTRY / recipients * domain::roster::LEAVES) as f64;
    let gap = |place: usize| 1 + (-mean * ((place as f64 + 0.5) / BATCH_RECIPIENTS as f64).ln()) as u64;
    let mut number = 254_700_000_000;
    let numbers = (0..BATCH_RECIPIENTS).map(|place| {
        number += gap(place);
        Msisdn::from_digits(number).expect("a number")
    });
    let bytes = pack(&numbers.collect::<Vec<_>>()).len() + PLAN_BESIDE_BYTES;
    f64::from(batches_of(recipients as u64)) * bytes.div_ceil(1024) as f64
}

/// Writes of a close: head, header, wallet, and a ledger line each for the charge and the refund.
fn close_items() -> usize {
    let http = HttpClient::new(Roots::Amazon).expect("TLS is set up");
    let nowhere = DynamoDb::connect(&AwsSettings::emulator("http://127.0.0.1:1"), &http);
    let (organisation, now) = (OrganisationId(Uuid::nil()), Timestamp::from_millis(0));
    let batch = CampaignKey { organisation, campaign: CampaignId::FIRST }.batch(0);
    let posting =
        |kind| Posting::of_batch(kind, batch, Settlement::AtDispatch, Money::from_ten_thousandths(1));
    let postings = [PostingKind::Settle, PostingKind::Release].map(posting);
    2 + posting_writes(&Table::new(&nowhere, "accounts"), organisation, &postings, now).expect("built").len()
}

/// Closes of one organisation's batches: each locks the wallet, so that only one of two at a time is applied.
fn closes_a_second() -> f64 {
    1.0 / TRANSACTION_SECONDS
}

/// How long a close that conflicts with others retries, on average.
fn patience_seconds() -> f64 {
    let RetryPolicy { backoff, limit } = RetryPolicy::CONTENTION;
    let Limit::Tries(tries) = limit else { panic!("a transaction is not tried for ever") };
    (1..tries).map(|failed| backoff.ceiling(failed).as_secs_f64() / 2.0).sum()
}

/// Read units a second for checking a number of campaigns of one size under way.
fn look_units_a_second(campaigns: usize, recipients: usize) -> f64 {
    // A head and a counts item are below 4 KB, and are read consistently.
    let batches = batches_of(recipients as u64);
    let units = campaigns as f64 * f64::from(batches + batches.div_ceil(BATCHES_OF_AN_ITEM));
    units / seconds(LOOK_EVERY)
}

fn seconds(time: Millis) -> f64 {
    time.0 as f64 / 1e3
}

#[test]
fn the_largest_accept_writes_its_plans_on_a_new_table_while_the_gateway_waits_and_ten_times_as_many_do_not() {
    let wait = |recipients| plan_units(recipients) / TABLE.write;
    assert!((7.0..8.0).contains(&wait(MAX_RECIPIENTS)), "{}", wait(MAX_RECIPIENTS));
    assert!(wait(MAX_RECIPIENTS) < GATEWAY_SECONDS / 3.0, "the rest of the accept needs its time too");
    assert!(wait(10 * MAX_RECIPIENTS) > GATEWAY_SECONDS, "{}", wait(10 * MAX_RECIPIENTS));
}

#[test]
fn an_organisations_batches_close_one_after_another_long_before_a_partition_is_full() {
    // All campaigns of an organisation share one partition; wallet and ledger have one each. The ledger takes most:
    // two lines, and both again in its index, which has partitions of its own.
    let lines = close_items() as f64 - 3.0;
    let partition = PARTITION.write / (lines * TRANSACTION_UNITS);
    assert_eq!((close_items(), partition), (5, 250.0));
    assert!(closes_a_second() < partition);
    assert!(closes_a_second() * BATCH_RECIPIENTS as f64 >= 100_000.0, "recipients a second");
}

#[test]
fn as_many_closers_as_are_deployed_get_through_before_any_gives_up() {
    // Ten invocations of ten batches. The clock enqueues a batch whose close gave up, only later.
    let through = patience_seconds() / TRANSACTION_SECONDS;
    assert!((100.0..200.0).contains(&through), "{through}");
}

#[test]
fn transactions_stay_below_dynamodbs_hundred_items() {
    // Two items for each batch (its head and, at worst, a counts item) and the header.
    const { assert!(2 * BATCHES_TOGETHER < TRANSACTION_ITEMS) };
    assert!(close_items() < TRANSACTION_ITEMS);
}

#[test]
fn a_thousand_campaigns_of_a_million_can_be_looked_at_on_a_new_table_and_two_thousand_cannot() {
    let units = |campaigns| look_units_a_second(campaigns, 1_000_000);
    assert_eq!(units(1_000), 8_500.0);
    assert!(units(1_000) < TABLE.read, "{}", units(1_000));
    assert!(units(2_000) > TABLE.read, "{}", units(2_000));
}

#[test]
fn the_due_index_takes_the_looks_at_a_quarter_of_a_million_campaigns() {
    // A check removes an entry from the index and adds another.
    let looks = f64::from(DUE_SHARDS) * PARTITION.write / 2.0;
    let campaigns = looks * seconds(LOOK_EVERY);
    assert_eq!(campaigns, 240_000.0);
    // Reading due entries costs little: 100 bytes each, eventually consistent.
    assert!(MAX_DUE as f64 * 100.0 / 8_192.0 < PARTITION.read / 100.0);
}
