//! Customers' reads of their campaigns: during the run, and after it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{acts::post, chance::Chance, customers::Customer, shape::HORIZON, system::System};

/// The statuses of a message.
const STATUSES: [&str; 7] =
    ["queued", "sent", "delivered", "undelivered", "failed", "unconfirmed", "cancelled"];

/// Messages of the largest page.
const LARGEST: u64 = 500;

/// Reads a campaign and a page of its messages, once.
pub async fn look(system: &System, customer: &Customer, mut chance: Chance) {
    system.time.pass(chance.secs(20, HORIZON.as_secs())).await;
    let accepted: Vec<(u64, u64)> = customer.confirmed.lock().unwrap().accepted.values().copied().collect();
    if accepted.is_empty() {
        return;
    }
    let (campaign, recipients) = chance.one_of(&accepted);
    if let Some(status) = ask(system, customer, "status/", &json!({"campaign_id": campaign})).await {
        let count = |name: &str| status[format!("{name}_count")].as_u64().unwrap();
        let counts = ["queued", "sent", "failed", "unconfirmed", "cancelled"].map(count);
        assert_eq!(counts.into_iter().sum::<u64>(), recipients, "counts that do not add up: {status}");
        assert!(count("delivered") + count("undelivered") <= count("sent"), "{status}");
    }
    let (status, page, size) = (chance.one_of(&STATUSES), chance.between(1, 2), chance.between(1, 7));
    let wanted = json!({"campaign_id": campaign, "status": status});
    let path = format!("messages/?page={page}&page_size={size}");
    if let Some(page) = ask(system, customer, &path, &wanted).await {
        let rows = page["results"].as_array().unwrap();
        assert!(rows.len() as u64 <= size && page["total"].as_u64().unwrap() <= recipients, "{page}");
        assert!(rows.iter().all(|row| row["status"] == status), "asked for {status}: {page}");
    }
}

/// Compares the pages of a finished campaign with its recipients by status.
pub async fn hold_to(
    system: &System,
    customer: &Customer,
    campaign: u64,
    statuses: &BTreeMap<&'static str, u64>,
) -> Result<(), String> {
    let rarest = statuses.iter().min_by_key(|(_, count)| **count).map(|(status, _)| *status);
    let kinds = [None, rarest, Some("queued")];
    for status in kinds {
        let mut wanted = json!({"campaign_id": campaign});
        let expected: u64 = match status {
            None => statuses.values().sum(),
            Some(status) => {
                wanted["status"] = json!(status);
                statuses.get(status).copied().unwrap_or_default()
            }
        };
        let page = ask(system, customer, &format!("messages/?page_size={LARGEST}"), &wanted).await;
        let page = page.ok_or_else(|| format!("campaign {campaign}: {status:?} is not answered"))?;
        let rows = page["results"].as_array().map_or(0, Vec::len) as u64;
        if (page["total"].as_u64(), rows) != (Some(expected), expected.min(LARGEST)) {
            return Err(format!("campaign {campaign} shows {rows} of {expected} that are {status:?}"));
        }
    }
    Ok(())
}

/// The body of the answer, if it is a 200.
async fn ask(system: &System, customer: &Customer, path: &str, body: &Value) -> Option<Value> {
    let request = post(customer, &format!("/v1/sms/campaigns/{path}"), None, body);
    match system.request(request).await? {
        (200, answer) => Some(answer),
        (429 | 500.., _) => None,
        (status, answer) => panic!("{path}: {status} {answer}"),
    }
}
