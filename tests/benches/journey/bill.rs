//! The bill of a campaign, step by step: DynamoDB's units, and requests to SQS.

use std::collections::BTreeMap;

use futures_util::{StreamExt, stream};

use crate::support::{
    books,
    meter::{Bill, is_write},
    provider::{CALLBACK_SECRET, Taken},
    rig::{Reading, Rig, Setup},
    table::{Table, count, short},
};

/// Callbacks under way at once.
const CALLBACKS_AT_ONCE: usize = 8;
/// Largest campaign that is metered: the bill per thousand is the same from a few batches on.
pub const LARGEST: usize = 100_000;
/// Largest campaign whose every recipient is reported by a callback of its own.
const LARGEST_REPORTED: usize = 10_000;

/// A campaign's bill.
pub struct CampaignBill {
    /// Unique recipients.
    pub recipients: usize,
    /// What each step came to, in order.
    pub steps: Vec<(&'static str, Reading)>,
}

/// Measures a campaign of this size on a stack of its own.
pub async fn measure(recipients: usize) -> CampaignBill {
    let rig = Rig::start(Setup::Metered).await;
    let books = books::overlapping(&rig, recipients).await;
    let mut steps = Vec::new();
    let accepted = step(&rig, async { drop(rig.send(&books).await) }).await;
    steps.push(("accept", accepted));
    steps.push((
        "dispatch",
        step(&rig, async {
            let _ = rig.dispatch_all(1).await;
        })
        .await,
    ));
    if recipients <= LARGEST_REPORTED {
        let taken = rig.provider.take_all();
        steps.push(("callbacks", step(&rig, report_all(&rig, &taken)).await));
        steps.push(("apply reports", step(&rig, rig.apply_all_reports()).await));
    }
    rig.stack.stop().await;
    CampaignBill { recipients, steps }
}

async fn step(rig: &Rig, happens: impl Future<Output = ()>) -> Reading {
    let before = rig.read();
    happens.await;
    rig.read().since(&before)
}

/// One callback for every message, in the order of the hand-over.
async fn report_all(rig: &Rig, taken: &[Taken]) {
    let path = format!("/v1/providers/africastalking/receipts/{CALLBACK_SECRET}/");
    let call = |Taken { number, id }: Taken| {
        let form = format!("id={id}&status=Success&phoneNumber=%2B{}&networkCode=63902", &number[1..]);
        let (api, path) = (rig.api.without_key(), path.clone());
        async move {
            let kind = [("content-type", "application/x-www-form-urlencoded")];
            let answer = api.call(http::Method::POST, &path, &kind, form).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    };
    let calls: Vec<_> = taken.iter().cloned().map(call).collect();
    stream::iter(calls).buffer_unordered(CALLBACKS_AT_ONCE).collect::<Vec<()>>().await;
}

/// Prints the bills by step, and the last one line by line.
pub fn print(bills: &[CampaignBill]) {
    let columns =
        ["recipients", "step", "write units/1,000", "read units/1,000", "calls/1,000", "SQS requests/1,000"];
    let mut table = Table::new("The bill by step, per 1,000 recipients", &columns);
    for CampaignBill { recipients, steps } in bills {
        let thousands = *recipients as f64 / 1e3;
        for (name, Reading { dynamodb, sqs, .. }) in steps {
            table.row([
                count(*recipients as u64),
                (*name).to_owned(),
                short(dynamodb.write_units() / thousands),
                short(dynamodb.read_units() / thousands),
                short(dynamodb.calls() as f64 / thousands),
                short(sqs.total() as f64 / thousands),
            ]);
        }
        let sent = steps.iter().take(2).map(|(_, reading)| reading.dynamodb.write_units()).sum::<f64>();
        table.row([count(*recipients as u64), "accept to dispatched".to_owned(), short(sent / thousands)]);
    }
    table.print();
    bills.iter().for_each(print_lines);
}

fn print_lines(CampaignBill { recipients, steps }: &CampaignBill) {
    let title = format!("Where the units of {} recipients go, per 1,000", count(*recipients as u64));
    let mut table = Table::new(&title, &["step", "table", "operation", "calls", "units"]);
    let thousands = *recipients as f64 / 1e3;
    for (step, reading) in steps {
        for (line, spent) in sorted(&reading.dynamodb) {
            let kind = if is_write(&line.operation) { "write" } else { "read" };
            let operation = format!("{} ({kind})", line.operation);
            let numbers = [short(spent.calls as f64 / thousands), short(spent.units / thousands)];
            table.row([
                (*step).to_owned(),
                line.table.clone(),
                operation,
                numbers[0].clone(),
                numbers[1].clone(),
            ]);
        }
        for (action, requests) in sqs_lines(reading) {
            table.row([(*step).to_owned(), "SQS".to_owned(), action, short(requests as f64 / thousands)]);
        }
    }
    table.print();
}

fn sorted(bill: &Bill) -> Vec<(&crate::support::meter::Line, &crate::support::meter::Spent)> {
    let mut lines: Vec<_> = bill.lines().collect();
    lines.sort_by(|(_, a), (_, b)| b.units.total_cmp(&a.units));
    lines
}

fn sqs_lines(reading: &Reading) -> BTreeMap<String, u64> {
    use embedded_sqs::Action;
    let actions = [
        Action::SendMessageBatch,
        Action::ReceiveMessage,
        Action::DeleteMessageBatch,
        Action::ChangeMessageVisibility,
    ];
    let counted = actions.map(|action| (format!("{action:?}"), reading.sqs.of(action)));
    counted.into_iter().filter(|(_, requests)| *requests > 0).collect()
}
