//! Cases in which reports cost more, each with its own budget.

use crate::{
    budget::Budget,
    call_back_warm,
    support::{
        books,
        campaign::{self, Reports, Sent},
        cost::Measured,
        measured_stack::{MeasuredStack, Setup},
        prices::Prices,
    },
    write_units,
};

/// Two full batches: the fewest that are written together.
const TOGETHER: usize = 2_000;
/// One full batch, for tests in which their number does not matter.
const ALONE: usize = 1_000;
/// Other campaigns that are under way at the same time, and the recipients of each.
const FOREIGN: usize = 2;
const FOREIGN_RECIPIENTS: usize = 100;
/// Reports that come one by one, hours after all others.
const LATE: usize = 20;

async fn rig_with_campaign_to(recipients: usize) -> (MeasuredStack, [String; 2], Sent) {
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&measured, recipients).await;
    let (sent, _) = campaign::send(&measured, &books).await;
    (measured, books, sent)
}

/// Dollars of some steps for 1,000,000 recipients.
fn dollars(prices: &Prices, budget: &Budget, steps: &[Measured]) -> f64 {
    let of_step = |step: &Measured| prices.total(&step.quantities(prices, budget.processor_us(step.step)));
    steps.iter().map(of_step).sum()
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn reports_on_a_second_campaign_to_the_same_recipients_cost_little_more() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let (measured, books, first) = rig_with_campaign_to(TOGETHER).await;
    let (second, _) = campaign::send(&measured, &books).await;
    let callbacks = call_back_warm(&measured, &second).await;
    let others = [first.campaign];
    let ways = Reports { others: &others, ..Reports::default() };
    let reports = campaign::apply_reports_that(&measured, &second, &prices, ways).await;
    measured.stack.stop().await;
    budget.hold_case("second_campaign", dollars(&prices, &budget, &[callbacks, reports]));
}

#[tokio::test]
async fn callbacks_cost_the_same_however_many_campaigns_of_others_are_under_way() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let (measured, _, sent) = rig_with_campaign_to(ALONE).await;
    let numbers = books::numbers(ALONE + FOREIGN_RECIPIENTS * FOREIGN);
    for (place, others) in numbers[ALONE..].chunks(FOREIGN_RECIPIENTS).enumerate() {
        let book = books::book(&measured, &format!("others {place}"), others).await;
        measured.send(&[book]).await;
    }
    let callbacks = call_back_warm(&measured, &sent).await;
    measured.stack.stop().await;
    budget.hold_case("foreign_campaigns_callbacks", dollars(&prices, &budget, &[callbacks]));
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn two_appliers_at_once_write_less_than_twice_as_much_as_one() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let (measured, _, sent) = rig_with_campaign_to(TOGETHER).await;
    let ways = Reports { appliers: 2, ..Reports::default() };
    let reports = campaign::apply_reports_that(&measured, &sent, &prices, ways).await;
    measured.stack.stop().await;
    budget.hold_case("two_appliers_write_units", write_units(&[reports]));
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn many_kinds_of_report_take_a_second_unit_and_no_third() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let (measured, _, sent) = rig_with_campaign_to(TOGETHER).await;
    let ways = Reports { kinds: 24, ..Reports::default() };
    let reports = campaign::apply_reports_that(&measured, &sent, &prices, ways).await;
    measured.stack.stop().await;
    budget.hold_case("many_kinds_write_units", write_units(&[reports]));
}

#[tokio::test]
async fn a_report_that_comes_alone_costs_a_few_units() {
    let (prices, budget) = (Prices::read(), Budget::read());
    let (measured, _, sent) = rig_with_campaign_to(ALONE).await;
    let reports = campaign::apply_late(&measured, &sent, LATE).await;
    measured.stack.stop().await;
    budget.hold_case("late_reports", dollars(&prices, &budget, &[reports]));
}
