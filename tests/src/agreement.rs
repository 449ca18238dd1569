//! Checks that all answers with a campaign's counts agree: its status, its entry in the list, its messages, the totals
//! of its messages by status, and its reasons.

use std::collections::BTreeMap;

use domain::{delivery::DeliveryStatus, money::Money};
use serde_json::Value;

/// Rows of a page: the API's maximum.
const PAGE: usize = 500;

/// Recipients by the words of their statuses.
type Counts = BTreeMap<&'static str, u64>;
/// Recipients by status and code.
type Causes = BTreeMap<(String, Option<String>), u64>;

/// Statuses of recipients who were not reached.
const UNREACHED: [&str; 4] = ["failed", "undelivered", "unconfirmed", "cancelled"];

/// Compares a campaign's answers; returns the differences. `ask` makes a GET request and returns the body of its 200.
pub async fn disagreement(campaign: u64, ask: impl AsyncFn(String) -> Value) -> Option<String> {
    let status = ask(format!("/v1/sms/campaigns/{campaign}/")).await;
    let list = ask(format!("/v1/sms/campaigns/?page_size={PAGE}")).await;
    let shown = of_status(&status);
    let (rows, causes) = of_rows(campaign, &ask).await;
    let reasons = ask(format!("/v1/sms/campaigns/{campaign}/reasons/")).await;
    let totals = of_totals(campaign, &shown, &rows, &ask).await;
    let listed = list["results"].as_array()?.iter().find(|line| line["campaign_id"] == campaign).cloned();
    let recipients = status["recipients_count"].as_u64();
    if shown != rows || totals != rows {
        Some(format!("its status shows {shown:?}, its messages {rows:?}, their totals {totals:?}"))
    } else if listed.as_ref() != Some(&status) {
        Some(format!("its status is {status}, the list shows {listed:?}"))
    } else if of_reasons(&reasons) != causes {
        Some(format!("its reasons are {reasons}, those of its messages {causes:?}"))
    } else if Some(rows.values().sum()) != recipients {
        Some(format!("{recipients:?} recipients are {rows:?}"))
    } else if status["test"] == false && !adds_up(&status) {
        Some(format!("its money does not add up: {status}"))
    } else {
        None
    }
}

/// The messages by status, and those that were not reached by reason.
async fn of_rows(campaign: u64, ask: &impl AsyncFn(String) -> Value) -> (Counts, Causes) {
    let (mut counts, mut causes) = (none(), Causes::new());
    for page in 1.. {
        let path = format!("/v1/sms/campaigns/{campaign}/messages/?page_size={PAGE}&page={page}");
        let page = ask(path).await;
        for row in page["results"].as_array().into_iter().flatten() {
            let status = DeliveryStatus::ALL.iter().find(|status| row["status"] == status.as_str());
            *counts.entry(status.map_or("unknown", |status| status.as_str())).or_default() += 1;
            if UNREACHED.contains(&row["status"].as_str().unwrap_or_default()) {
                *causes.entry(cause_of(&row["status"], &row["error_code"])).or_default() += 1;
            }
        }
        if page["next"].is_null() {
            break;
        }
    }
    (counts, causes)
}

/// The reasons of a campaign, if they are complete.
fn of_reasons(reasons: &Value) -> Causes {
    let lines = reasons["results"].as_array().into_iter().flatten();
    let lines = lines.filter(|_| reasons["complete"] == true);
    lines
        .map(|line| (cause_of(&line["status"], &line["code"]), line["count"].as_u64().unwrap_or_default()))
        .collect()
}

/// Unconfirmed recipients have no code.
fn cause_of(status: &Value, code: &Value) -> (String, Option<String>) {
    let status = status.as_str().unwrap_or_default().to_owned();
    let code = code.as_str().filter(|_| status != "unconfirmed").map(str::to_owned);
    (status, code)
}

/// The totals of the statuses with recipients, and of one other status, which changes as the campaign goes on. (All
/// statuses would be more than half of the requests.)
async fn of_totals(
    campaign: u64,
    shown: &Counts,
    rows: &Counts,
    ask: &impl AsyncFn(String) -> Value,
) -> Counts {
    let mut counts = none();
    let is_empty = |status: &&str| shown[status] == 0 && rows[status] == 0;
    let empty: Vec<&str> = counts.keys().copied().filter(is_empty).collect();
    let progress: u64 = rows.values().zip(1..).map(|(count, weight)| count * weight).sum();
    let in_turn = empty.get(progress as usize % empty.len().max(1)).copied();
    for (status, count) in
        counts.iter_mut().filter(|(status, _)| !is_empty(status) || in_turn == Some(**status))
    {
        let path = format!("/v1/sms/campaigns/{campaign}/messages/?status={status}&page_size=1");
        *count = ask(path).await["total"].as_u64().unwrap_or_default();
    }
    counts
}

fn of_status(status: &Value) -> Counts {
    let mut counts = none();
    for (word, count) in &mut counts {
        *count = status[format!("{word}_count")].as_u64().unwrap_or(u64::MAX);
    }
    // A status counts every accepted recipient as sent, with any report or none.
    let reported = counts["delivered"] + counts["undelivered"];
    counts.entry("sent").and_modify(|sent| *sent = sent.wrapping_sub(reported));
    counts
}

fn none() -> Counts {
    DeliveryStatus::ALL.into_iter().map(|status| (status.as_str(), 0)).collect()
}

/// Whether the estimated cost is charged, refunded or reserved.
fn adds_up(status: &Value) -> bool {
    let money = |name: &str| -> Option<Money> { status[name].as_str()?.split_once(' ')?.1.parse().ok() };
    let parts = ["charged", "refunded", "reserved"].map(money).into_iter().collect::<Option<Vec<Money>>>();
    parts.and_then(|parts| Money::checked_sum(parts).ok()) == money("estimated_cost")
}
