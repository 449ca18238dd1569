//! What a campaign costs on AWS, held to a committed budget.
//!
//! Every unit and request is counted on the embedded emulators, what no emulator bills is calculated from
//! `template.yaml`, and both are multiplied by the dated price list. Our own processor time is measured
//! by `cargo bench -p tests` and stands in the budget, since a test's own would depend on the machine.

#[path = "../benches/support/mod.rs"]
#[allow(dead_code, reason = "the benches use the rest of it")]
mod support;

mod budget;

use budget::Budget;
use support::{
    books, campaign,
    cost::{Measured, Step},
    prices::Prices,
    rig::{Rig, Setup},
};

/// Ten full batches: from here on a thousand recipients cost the same.
const RECIPIENTS: usize = 10_000;
/// Recipients whose callback is made; each costs the same.
const CALLBACKS: usize = 200;

#[tokio::test]
async fn a_campaign_costs_no_more_than_its_budget() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let rig = Rig::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&rig, RECIPIENTS).await;
    let (sent, [accept, dispatch]) = campaign::send(&rig, &books).await;
    let callbacks = campaign::call_back(&rig, &sent.taken[..CALLBACKS]).await;
    let reports = campaign::apply_reports(&rig, &sent, &prices).await;
    rig.stack.stop().await;
    budget.hold(&prices, &[accept, dispatch, callbacks, reports]);
}

#[test]
fn the_budget_has_every_step() {
    let budget = Budget::read();
    for step in Step::ALL {
        assert!(budget.processor_us(step) > 0.0, "{}", step.word());
    }
}

/// Write units of some steps for 1,000 recipients.
fn write_units(steps: &[Measured]) -> f64 {
    steps.iter().map(|step| step.reading.dynamodb.write_units() * 1e3 / step.recipients as f64).sum()
}
