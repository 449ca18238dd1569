//! The bill of a campaign, step by step: DynamoDB's units, requests to SQS, and dollars.

use std::collections::BTreeMap;

use sqs_emulator::Action;

use super::stored::Stored;
use crate::bars::{Bars, Measure};
use crate::support::{
    books, campaign,
    cost::{Measured, Step},
    measured_stack::{MeasuredStack, Setup},
    meter::{Line, Spent, is_write},
    prices::{Prices, Quantities},
    table::{Table, count, short},
};

/// Recipients whose callback is made; each costs the same.
const CALLBACKS: usize = 5_000;

pub struct CampaignBill {
    /// Unique recipients.
    pub recipients: usize,
    /// The bill of each step, in order.
    pub steps: Vec<Measured>,
    /// Stored bytes after the last hand-over.
    pub dispatched: Stored,
    /// Stored bytes after the last report.
    pub reported: Stored,
}

/// Measures a campaign of this size on a stack of its own.
pub async fn measure(recipients: usize, prices: &Prices) -> CampaignBill {
    let measured = MeasuredStack::start(Setup::Metered).await;
    let books = books::overlapping(&measured, recipients).await;
    let (sent, steps) = campaign::send(&measured, &books).await;
    let (mut steps, dispatched) = (steps.to_vec(), Stored::read(&measured).await);
    steps.push(campaign::call_back(&measured, &sent.taken[..recipients.min(CALLBACKS)]).await);
    steps.push(campaign::apply_reports(&measured, &sent, prices).await);
    let reported = Stored::read(&measured).await;
    measured.stack.stop().await;
    CampaignBill { recipients, steps, dispatched, reported }
}

/// Dollars of some steps for a million recipients.
pub fn dollars(steps: &[Measured], prices: &Prices, processor_us: &BTreeMap<Step, f64>) -> f64 {
    steps.iter().map(|step| prices.total(&quantities(step, prices, processor_us))).sum()
}

/// Notes what of a bill has a bar.
pub fn note(bars: &mut Bars, bill: &CampaignBill, prices: &Prices, processor_us: &BTreeMap<Step, f64>) {
    let sent = &bill.steps[..2];
    bars.note(Measure::WriteUnits, write_units(sent));
    bars.note(Measure::SendDollars, dollars(sent, prices, processor_us));
    bars.note(Measure::ReportDollars, dollars(&bill.steps, prices, processor_us));
}

/// Write units of some steps for a thousand recipients.
pub fn write_units(steps: &[Measured]) -> f64 {
    steps.iter().map(|step| step.reading.dynamodb.write_units() / per_thousand(step)).sum()
}

fn quantities(measured: &Measured, prices: &Prices, processor_us: &BTreeMap<Step, f64>) -> Quantities {
    measured.quantities(prices, processor_us.get(&measured.step).copied().unwrap_or_default())
}

/// Prints the bills by step, and the last one line by line and in dollars.
pub fn print(bills: &[CampaignBill], prices: &Prices, processor_us: &BTreeMap<Step, f64>) {
    let columns = ["recipients", "step", "write units", "read units", "calls", "SQS requests", "invocations"];
    let mut table = Table::new("The bill by step, for 1,000 recipients", &columns);
    for CampaignBill { recipients, steps, .. } in bills {
        for measured in steps {
            table.row(step_row(measured));
        }
        let sent = short(write_units(&steps[..2]));
        table.row([count(*recipients as u64), "accept to dispatched".to_owned(), sent]);
    }
    table.print();
    if let Some(last) = bills.last() {
        print_lines(last);
        print_dollars(last, prices, processor_us);
    }
}

fn per_thousand(measured: &Measured) -> f64 {
    measured.recipients as f64 / 1e3
}

fn step_row(measured: &Measured) -> [String; 7] {
    let of_thousand = |quantity: f64| short(quantity / per_thousand(measured));
    let (dynamodb, sqs) = (&measured.reading.dynamodb, &measured.reading.sqs);
    [
        count(measured.recipients as u64),
        measured.step.word().to_owned(),
        of_thousand(dynamodb.write_units()),
        of_thousand(dynamodb.read_units()),
        of_thousand(dynamodb.calls() as f64),
        of_thousand(sqs.total() as f64),
        of_thousand(measured.invocations as f64),
    ]
}

fn print_lines(CampaignBill { recipients, steps, .. }: &CampaignBill) {
    let title = format!("Where they go, of {} recipients, for 1,000", count(*recipients as u64));
    let mut table = Table::new(&title, &["step", "table", "operation", "calls", "units"]);
    for measured in steps {
        let (step, thousands) = (measured.step.word(), per_thousand(measured));
        for (line, spent) in sorted(measured) {
            let kind = if is_write(&line.operation) { "write" } else { "read" };
            let (calls, units) = (spent.calls as f64 / thousands, spent.units / thousands);
            let operation = format!("{} ({kind})", line.operation);
            table.row([step.to_owned(), line.table.clone(), operation, short(calls), short(units)]);
        }
        for (action, requests) in sqs_lines(measured) {
            table.row([step.to_owned(), "SQS".to_owned(), action, short(requests as f64 / thousands)]);
        }
    }
    table.print();
}

fn sorted(measured: &Measured) -> Vec<(&Line, &Spent)> {
    let mut lines: Vec<_> = measured.reading.dynamodb.lines().collect();
    lines.sort_by(|(_, a), (_, b)| b.units.total_cmp(&a.units));
    lines
}

fn sqs_lines(measured: &Measured) -> BTreeMap<String, u64> {
    let actions = [
        Action::SendMessageBatch,
        Action::ReceiveMessage,
        Action::DeleteMessageBatch,
        Action::ChangeMessageVisibility,
    ];
    let counted = actions.map(|action| (format!("{action:?}"), measured.reading.sqs.of(action)));
    counted.into_iter().filter(|(_, requests)| *requests > 0).collect()
}

fn print_dollars(bill: &CampaignBill, prices: &Prices, processor_us: &BTreeMap<Step, f64>) {
    let of_step = |measured: &Measured| prices.dollars(&quantities(measured, prices, processor_us));
    let steps: Vec<BTreeMap<&str, f64>> = bill.steps.iter().map(of_step).collect();
    let Prices { region, as_of, .. } = prices;
    let title = format!("AWS, US cents for 1,000,000 recipients ({region}, {as_of})");
    let mut columns = vec!["what"];
    columns.extend(bill.steps.iter().map(|measured| measured.step.word()));
    columns.push("all");
    let mut table = Table::new(&title, &columns);
    for what in steps.first().into_iter().flat_map(|first| first.keys()) {
        let row = steps.iter().map(|step| step.get(what).copied().unwrap_or_default());
        table.row(cents_row(what, row));
    }
    table.row(cents_row("all", steps.iter().map(|step| step.values().sum())));
    table.print();
}

fn cents_row(what: &str, dollars: impl Iterator<Item = f64>) -> Vec<String> {
    let cents: Vec<f64> = dollars.map(|dollars| dollars * 100.0).collect();
    let mut row = vec![what.to_owned()];
    row.extend(cents.iter().map(|cents| short(*cents)));
    row.push(short(cents.iter().sum()));
    row
}
