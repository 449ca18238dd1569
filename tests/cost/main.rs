//! The cost of a campaign on AWS, compared with a committed budget: in the best case, and in common cases in which
//! reports cost more.
//!
//! Every unit and request is counted on the embedded emulators; costs that no emulator counts are calculated from
//! `template.yaml`; both are multiplied by the dated price list. The processor time of the functions is measured by
//! `cargo bench -p tests` and is part of the budget, because a test's own would depend on the machine.
//!
//! Costs that do not depend on the number of sends are left out: the empty receives of the two event sources, about
//! half a dollar a month; the clock's 43,200 invocations, about three cents; and the list of campaigns under way, four
//! small queries for each second in which an instance gets callbacks.
//!
//! `COST_RECIPIENTS=100000` measures the best case with a larger campaign, in which the writes of once a campaign count
//! less.

#[path = "../benches/support/mod.rs"]
#[allow(dead_code, reason = "the benches use the rest of it")]
mod support;

mod budget;
mod campaigns;
mod contacts;
mod life;
mod pages;
mod requests;
mod storm;

use budget::Budget;
use support::{
    books,
    campaign::{self, Reports},
    cost::{Measured, Step},
    measured_stack::{MeasuredStack, Setup},
    prices::{OtherBill, Prices, Quantities},
};

/// Five full batches: from here on the writes of once a campaign count little.
const RECIPIENTS: usize = 5_000;
/// Batches whose reports are applied: from two on they are written together.
const REPORTED_BATCHES: u32 = 2;
/// Recipients with a callback; each costs the same.
const CALLBACKS: usize = 50;

#[tokio::test]
async fn a_campaign_costs_no_more_than_its_budget() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let recipients = std::env::var("COST_RECIPIENTS").ok().and_then(|text| text.parse().ok());
    let books = books::overlapping(&measured, recipients.unwrap_or(RECIPIENTS)).await;
    let (sent, [accept, dispatch]) = campaign::send(&measured, &books).await;
    let callbacks = call_back_warm(&measured, &sent).await;
    let ways = Reports { batches: REPORTED_BATCHES, ..Reports::default() };
    let reports = campaign::apply_reports_that(&measured, &sent, &prices, ways).await;
    measured.stack.stop().await;
    let steps = [accept, dispatch, callbacks, reports];
    show_elsewhere(&prices, &budget, &steps);
    budget.hold(&prices, &steps);
}

#[test]
fn the_budget_has_every_step() {
    let budget = Budget::read();
    for step in Step::ALL {
        assert!(budget.processor_us(step) > 0.0, "{}", step.word());
    }
}

#[test]
fn a_region_of_which_a_price_is_missing_is_not_summed_up() {
    let prices = Prices::read();
    let complete = prices.elsewhere(&Quantities::from([("lambda_gb_seconds", 1e6)]));
    assert!(
        complete
            .iter()
            .any(|(region, bill)| { region.starts_with("af-south-1") && *bill == OtherBill::Total(17.68) })
    );
    let partial = prices.elsewhere(&Quantities::from([("lambda_gb_seconds", 1e6), ("sqs_requests", 1.0)]));
    assert!(partial.iter().all(|(_, bill)| matches!(bill, OtherBill::Incomplete(..))));
}

/// Callbacks of a function that has read every plan of the campaign. It reads each plan once: a thousand small reads
/// for a million recipients, which must not be charged to a few callbacks.
async fn call_back_warm(measured: &MeasuredStack, sent: &campaign::Sent) -> Measured {
    campaign::call_back(measured, &sent.taken[CALLBACKS..2 * CALLBACKS]).await;
    campaign::call_back(measured, &sent.taken[..CALLBACKS]).await
}

/// Prints the known part of the bill in other regions.
fn show_elsewhere(prices: &Prices, budget: &Budget, steps: &[Measured]) {
    let mut all = Quantities::new();
    for step in steps {
        for (name, quantity) in step.quantities(prices, budget.processor_us(step.step)) {
            *all.entry(name).or_default() += quantity;
        }
    }
    for (region, bill) in prices.elsewhere(&all) {
        match bill {
            OtherBill::Total(dollars) => println!("{region}: ${dollars:.4}"),
            OtherBill::Incomplete(known, unknown) => {
                println!("{region}: no sum; known {known:.4?}, without a price {unknown:?}");
            }
        }
    }
}

/// Write units of some steps for 1,000 recipients.
fn write_units(steps: &[Measured]) -> f64 {
    steps.iter().map(|step| step.reading.dynamodb.write_units() * 1e3 / step.recipients as f64).sum()
}
