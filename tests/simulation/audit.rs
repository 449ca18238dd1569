//! Judges a run by the messages that the provider really took, the confirmations that customers got, and the sums of
//! money. Reads the tables through the stores, and also runs the auditor, which reads them by itself.

use std::collections::{BTreeMap, BTreeSet};

use auditor::Options;
use domain::{
    api_key::KeyMode,
    delivery::DeliveryStatus,
    ids::CampaignId,
    journal::SlotState,
    money::Money,
    msisdn::Msisdn,
    receipt::Reported,
    wallet::{PostingKind, Wallet, WalletChange},
};
use stores::{ListRequest, campaigns::CampaignHeader};
use tests::audit::{ProviderTruth, judge};

use crate::{
    customers::{Customer, PRICE},
    pages,
    report_channel::ReportChannel,
    system::System,
};

/// Results of a list that are read at most.
const MOST: u64 = 10_000;

/// The counts of a run.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Evidence {
    /// Accepted campaigns.
    pub campaigns: u64,
    pub recipients: u64,
    /// Batches that they were split into.
    pub batches: u64,
    /// Campaigns large enough for counts items.
    pub large: u64,
    /// Recipients whose report came after their refund.
    pub unpaid: u64,
    /// Recipients by their final status.
    pub statuses: BTreeMap<&'static str, u64>,
    /// Calls to tables and queues.
    pub calls: u64,
    /// Faults among them.
    pub faults: u64,
    /// A number for every call and its time.
    pub trace: u64,
}

impl Evidence {
    /// Recipients of a final status.
    pub fn count(&self, status: &str) -> u64 {
        self.statuses.get(status).copied().unwrap_or_default()
    }
}

/// A claim that must hold.
macro_rules! claim {
    ($holds:expr, $($why:tt)+) => {
        if !$holds {
            return Err(format!($($why)+));
        }
    };
}

/// Audits a run whose campaigns have all ended.
pub async fn audit(system: &System, customers: &[Customer]) -> Result<Evidence, String> {
    let mut evidence = Evidence::default();
    let twice = system.truth.taken().values().filter(|times| **times > 1).count();
    claim!(twice == 0, "{twice} recipients were texted twice");
    let forbidden = system.truth.forbidden_calls();
    claim!(forbidden == 0, "{forbidden} calls to the provider began while dispatching was stopped");
    let ambiguous = ambiguous(system, customers).await;
    for customer in customers {
        audit_customer(system, customer, &ambiguous, &mut evidence).await?;
    }
    let personal = system.faulty_queues.bodies().into_iter().filter(|body| body.contains("2547115")).count();
    claim!(personal == 0, "{personal} queue messages hold a number");
    (evidence.calls, evidence.trace) = system.trace();
    evidence.faults = system.faults();
    for customer in customers {
        hold_to_every_rule(system, customer).await?;
    }
    hold_everything_together(system).await?;
    Ok(evidence)
}

/// The auditor's result for all tables, including items of no organisation, and for the calls that were made.
pub async fn hold_everything_together(system: &System) -> Result<(), String> {
    let now_millis = system.time.now().millis();
    let options = Options { now_millis, organisation: None };
    let verdict = judge(&system.auditor, options, system.call_log()).await.unwrap();
    claim!(verdict.is_clean(), "{verdict}");
    Ok(())
}

/// The auditor's result for one customer. The auditor shares no code with the system.
async fn hold_to_every_rule(system: &System, customer: &Customer) -> Result<(), String> {
    // A request that reads a book repairs an edit that crashed.
    system.stores.books.list(customer.id, ListRequest::page(1, MOST), system.time.now()).await.unwrap();
    let mut provider = ProviderTruth::new().with_lost_answers(system.lost_groups(), system.truth.group());
    for ((organisation, _, number), times) in system.truth.taken() {
        if organisation == customer.id {
            provider.took_number(number.as_u64(), times);
        }
    }
    let options =
        Options { now_millis: system.time.now().millis(), organisation: Some(customer.id.to_string()) };
    let verdict = judge(&system.auditor, options, provider).await.unwrap();
    claim!(verdict.is_clean(), "{verdict}");
    Ok(())
}

/// Numbers that were handed over more than once without an answer: a report with only the number may be about any of
/// those messages, so it is applied to none.
async fn ambiguous(system: &System, customers: &[Customer]) -> BTreeSet<Msisdn> {
    let mut nameless: BTreeMap<Msisdn, u32> = BTreeMap::new();
    for customer in customers.iter().filter(|_| ReportChannel::of(&system.shape) == ReportChannel::ByNumber) {
        let campaigns = &system.stores.campaigns;
        for header in campaigns
            .list(customer.id, KeyMode::Live, |_| true, ListRequest::page(1, MOST))
            .await
            .unwrap()
            .results
        {
            for batch in 0..header.batches() {
                let record = campaigns.batch(header.key.batch(batch)).await.unwrap().unwrap();
                for (number, slot) in record.plan.recipients().iter().zip(record.progress.slots()) {
                    *nameless.entry(*number).or_default() += u32::from(is_nameless(slot));
                }
            }
        }
    }
    nameless.into_iter().filter(|(_, times)| *times > 1).map(|(number, _)| number).collect()
}

/// Whether a recipient was handed over and no id of the message is known.
fn is_nameless(slot: &SlotState) -> bool {
    slot.status == DeliveryStatus::Unconfirmed && slot.provider_message_id.is_none()
}

async fn audit_customer(
    system: &System,
    customer: &Customer,
    ambiguous: &BTreeSet<Msisdn>,
    evidence: &mut Evidence,
) -> Result<(), String> {
    let campaigns = system
        .stores
        .campaigns
        .list(customer.id, KeyMode::Live, |_| true, ListRequest::page(1, MOST))
        .await
        .unwrap()
        .results;
    let told: BTreeSet<(u64, u64)> = customer.confirmed.lock().unwrap().accepted.values().copied().collect();
    let stored: BTreeSet<(u64, u64)> =
        campaigns.iter().map(|header| (header.key.number(), header.recipients)).collect();
    claim!(told == stored, "customers were told of {told:?}, and the tables have {stored:?}");
    for header in &campaigns {
        audit_campaign(system, customer, header, ambiguous, evidence).await?;
    }
    audit_money(system, customer, &campaigns).await
}

async fn audit_campaign(
    system: &System,
    customer: &Customer,
    header: &CampaignHeader,
    ambiguous: &BTreeSet<Msisdn>,
    evidence: &mut Evidence,
) -> Result<(), String> {
    let campaign = header.key.number();
    let (taken, reported) = (system.truth.taken(), system.truth.reported());
    let mut numbers = BTreeSet::new();
    let mut statuses: BTreeMap<&'static str, u64> = BTreeMap::new();
    let mut unpaid = 0;
    for batch in 0..header.batches() {
        let record = system.stores.campaigns.batch(header.key.batch(batch)).await.unwrap().unwrap();
        unpaid += record.unpaid.len() as u64;
        let slots = record.progress.slots().iter().zip(record.statuses());
        for (number, (slot, status)) in record.plan.recipients().iter().zip(slots) {
            claim!(numbers.insert(*number), "campaign {campaign} has a recipient twice");
            *statuses.entry(status.as_str()).or_default() += 1;
            let person = (customer.id, campaign, *number);
            let was_taken = taken.contains_key(&person);
            match status.as_str() {
                "unconfirmed" => {}
                "sent" | "delivered" | "undelivered" => {
                    claim!(was_taken, "campaign {campaign}: shown as {status:?}, and never taken");
                }
                "failed" | "cancelled" => {
                    claim!(!was_taken, "campaign {campaign}: taken, and shown as {status:?}");
                }
                other => return Err(format!("campaign {campaign}: {other} after its end")),
            }
            if ambiguous.contains(number) && is_nameless(slot) {
                continue;
            }
            let promised = match reported.get(&person) {
                Some(Reported::Delivered) => "delivered",
                Some(Reported::Undelivered) => "undelivered",
                Some(Reported::InTransit) | None => continue,
            };
            claim!(status.as_str() == promised, "campaign {campaign}: {promised}, and shown as {status:?}");
        }
    }
    claim!(numbers.len() as u64 == header.recipients, "campaign {campaign} has lost a recipient");
    audit_counts(header, &statuses, unpaid)?;
    pages::hold_to(system, customer, campaign, &statuses).await?;
    evidence.campaigns += 1;
    evidence.recipients += header.recipients;
    evidence.batches += u64::from(header.batches());
    evidence.unpaid += unpaid;
    evidence.large += u64::from(header.is_large());
    statuses.into_iter().for_each(|(status, count)| *evidence.statuses.entry(status).or_default() += count);
    Ok(())
}

fn audit_counts(
    header: &CampaignHeader,
    statuses: &BTreeMap<&'static str, u64>,
    unpaid: u64,
) -> Result<(), String> {
    let campaign = header.key.campaign;
    let count = |status: &str| statuses.get(status).copied().unwrap_or_default() as i64;
    let accepted = count("sent") + count("delivered") + count("undelivered");
    let counted =
        [header.counts.sent, header.counts.delivered, header.counts.undelivered, header.counts.failed];
    let found = [accepted, count("delivered"), count("undelivered"), count("failed")];
    claim!(counted == found, "campaign {campaign} counts {counted:?}, of {statuses:?}");
    let counted = [header.counts.unconfirmed, header.counts.cancelled];
    let found = [count("unconfirmed"), count("cancelled")];
    claim!(counted == found, "campaign {campaign} counts {counted:?}, of {statuses:?}");
    let unpaid = unpaid as i64;
    let given_back = count("failed") + count("cancelled") + count("unconfirmed") + unpaid;
    let money = [header.charged, header.refunded];
    let due = [price(accepted - unpaid), price(given_back)];
    claim!(money == due, "campaign {campaign} moved {money:?}, of {due:?}");
    claim!(header.held() == Money::ZERO, "campaign {campaign} still holds money");
    claim!(header.open_batches == 0, "campaign {campaign} has open batches");
    Ok(())
}

async fn audit_money(
    system: &System,
    customer: &Customer,
    campaigns: &[CampaignHeader],
) -> Result<(), String> {
    let wallets = &system.stores.accounts.wallets;
    let wallet = wallets.get(customer.id).await.unwrap();
    let ledger = wallets.ledger(customer.id, ListRequest::page(1, MOST)).await.unwrap();
    claim!(ledger.total == ledger.results.len() as u64, "the ledger's lines are miscounted");
    let mut replayed = WalletChange::default();
    for line in ledger.results.iter().rev() {
        replayed = replayed.plus(line.kind.change(line.amount)).unwrap();
        let parts = [replayed.available, replayed.reserved, replayed.charged];
        claim!(line.amount.is_positive(), "a posting of nothing");
        // Ledger lines of one instant are ordered by their ids, not by time, so only sums can be checked.
        claim!(parts.into_iter().sum::<Money>() >= Money::ZERO, "money out of nothing");
    }
    let replayed = Wallet::default().changed_by(replayed);
    claim!(replayed == Ok(wallet), "the ledger sums to {replayed:?}, the wallet is {wallet:?}");
    let confirmed = customer.confirmed.lock().unwrap().clone();
    let kinds = [
        (PostingKind::TopUp, "topup:", confirmed.top_ups),
        (PostingKind::Correction, "correction:", confirmed.corrections),
    ];
    for (kind, prefix, told) in kinds {
        let of_kind = ledger.results.iter().filter(|line| line.kind == kind);
        let found: BTreeMap<String, i64> = of_kind
            .map(|line| (line.id.trim_start_matches(prefix).to_owned(), line.amount.ten_thousandths()))
            .collect();
        claim!(found == told, "told of {told:?}, and the ledger has {found:?}");
    }
    let charged = campaigns.iter().map(|header| header.charged).sum::<Money>();
    claim!(wallet.charged == charged, "campaigns charged {charged:?}, the wallet {:?}", wallet.charged);
    claim!(wallet.reserved == Money::ZERO, "{:?} is reserved after the end", wallet.reserved);
    for header in campaigns {
        let of_campaign = |kind| sum_of(&ledger.results, header.key.campaign, kind);
        let (reserved, moved) = (
            of_campaign(PostingKind::Reserve),
            of_campaign(PostingKind::Settle).checked_add(of_campaign(PostingKind::Release)).unwrap(),
        );
        claim!(reserved == header.estimated_cost, "campaign {} reserved {reserved:?}", header.key.campaign);
        claim!(reserved == moved, "campaign {} reserved {reserved:?}, moved {moved:?}", header.key.campaign);
    }
    Ok(())
}

fn sum_of(lines: &[stores::accounts::wallets::LedgerLine], campaign: CampaignId, kind: PostingKind) -> Money {
    let of_it = lines.iter().filter(|line| line.campaign == Some(campaign) && line.kind == kind);
    of_it.map(|line| line.amount).sum()
}

fn price(messages: i64) -> Money {
    Money::from_ten_thousandths(PRICE * messages)
}
