//! Judges one batch: its plan, its journal, its reports, its head and its money.

use super::{
    fold::{Folded, fold},
    money::{self, Posted, Prices},
};
use crate::{
    forms::{
        Item,
        batch::{Head, Placed, Plan, Stage, Start},
        bytes::leaf_of,
        campaign::{Header, State, Terms},
        counts::Counts,
        item::sort_key,
        reports,
        status::Status,
    },
    limits::GRACE,
    place::{CampaignKey, Place},
    report::Rule,
    section::Section,
    stored_campaigns::Recipient,
};

/// The evidence that a batch is judged by.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub key: &'a CampaignKey,
    pub header: &'a Header,
    pub terms: Option<&'a Terms>,
    pub now: i64,
}

/// A batch's part of its campaign's sums. A part that cannot be read is `None`.
#[derive(Clone, Default)]
pub struct Summary {
    /// The first and the last recipient in the audience's order.
    pub span: Option<(Start, Start)>,
    /// The number of recipients in the plan.
    pub recipients: u64,
    pub states: Option<Vec<Recipient>>,
    pub stage: Option<Stage>,
    /// Whether its journal has records.
    pub is_begun: bool,
    pub counts: Option<Counts>,
    pub price: Option<i128>,
}

struct Batch<'a> {
    frame: Frame<'a>,
    number: u32,
    section: &'a mut Section,
}

/// Judges a batch by the items of its partition.
pub fn judge(
    frame: Frame<'_>,
    number: u32,
    items: &[Item],
    posted: Option<Posted>,
    section: &mut Section,
) -> Summary {
    Batch { frame, number, section }.judge(items, posted)
}

impl Batch<'_> {
    fn place(&self) -> Place {
        self.frame.key.batch(self.number)
    }

    fn find(&mut self, rule: Rule, what: impl Into<String>) {
        let place = self.place();
        self.section.find(rule, place, what);
    }

    fn judge(mut self, items: &[Item], posted: Option<Posted>) -> Summary {
        let mut summary = Summary::default();
        let head = self.head(items);
        summary.stage = head.as_ref().map(|head| head.stage);
        let Some(plan) = self.plan(items) else { return summary };
        summary.recipients = plan.recipients.len() as u64;
        summary.span = span(&plan);
        self.judge_size(&plan);
        let Some(head) = head else { return summary };
        let Some(statuses) = self.statuses(&plan, &head, items) else { return summary };
        summary.is_begun = statuses.is_begun;
        self.judge_counts(&head, &statuses.known);
        self.judge_accounts(&head, &statuses.folded);
        summary.counts = (head.stage == Stage::Closed).then(|| Counts::of(&statuses.known));
        self.judge_lease(&head, &statuses.folded);
        summary.price = self.judge_money(&head, &plan, &statuses.known, posted);
        summary.states = Some(statuses.recipients(&plan));
        summary
    }

    fn head<'a>(&mut self, items: &'a [Item]) -> Option<Head<'a>> {
        let item = items.iter().find(|item| sort_key(item) == "HEAD");
        let place = self.place();
        let head = self.section.read(|| place, Head::read(item))?;
        if head.stage != Stage::Untouched {
            self.judge_retention("the head", head.expires_at);
        }
        if let Some(stored) = head.unreadable {
            self.find(
                Rule::SetAside,
                format!("{stored} could not be read; repair it, then run `sms redrive`"),
            );
        }
        Some(head)
    }

    fn plan(&mut self, items: &[Item]) -> Option<Plan> {
        let Some(item) = items.iter().find(|item| sort_key(item) == "PLAN") else {
            self.find(Rule::Accept, "its campaign was accepted, but its plan is missing");
            return None;
        };
        let place = self.place();
        let plan = self.section.read(|| place, Plan::read(item))?;
        self.judge_retention("the plan", plan.expires_at);
        Some(plan)
    }

    fn judge_retention(&mut self, what: &str, expires_at: Option<i64>) {
        let expected = self.frame.header.kept_until.div_euclid(1_000);
        match expires_at {
            None => self.find(Rule::Retention, format!("{what} has no time to live")),
            Some(at) if at < expected => {
                self.find(Rule::Retention, format!("{what} expires {} s too early", expected - at));
            }
            Some(at) if at > expected => {
                self.find(Rule::Retention, format!("{what} expires {} s too late", at - expected));
            }
            Some(_) => {}
        }
    }

    fn judge_size(&mut self, plan: &Plan) {
        let size = plan.recipients.len() as u64;
        let Header { recipients, batch_recipients, .. } = *self.frame.header;
        let before = u64::from(self.number) * batch_recipients;
        let expected = recipients.saturating_sub(before).min(batch_recipients);
        if size != expected {
            self.find(
                Rule::Audience,
                format!("it has {size} recipients; a batch of this number has {expected}"),
            );
        }
        if !plan.numbers().is_sorted_by(|a, b| a < b) {
            self.find(Rule::Audience, "a number appears twice in its plan, or out of order");
        }
    }

    /// The statuses by journal and reports; `None` if these contradict each other.
    fn statuses(&mut self, plan: &Plan, head: &Head<'_>, items: &[Item]) -> Option<Statuses> {
        let records = self.records(items)?;
        if head.stage == Stage::Untouched && !records.is_empty() {
            self.find(Rule::Journal, "it has journal records, but no worker has ever claimed it");
            return None;
        }
        let folded = match fold(plan.recipients.len(), &records) {
            Ok(folded) => folded,
            Err(broken) => {
                let place =
                    broken.slot.map_or_else(|| self.place(), |slot| self.frame.key.slot(self.number, slot));
                self.section.find(Rule::Journal, place, broken.to_string());
                return None;
            }
        };
        if head.stage == Stage::Closed && !folded.is_done() {
            self.find(Rule::State, "it is closed, but a recipient is neither handed over nor given up");
        }
        let known = self.after_reports(head, &folded.statuses)?;
        Some(Statuses { folded, known, is_begun: !records.is_empty() })
    }

    fn records(&mut self, items: &[Item]) -> Option<Vec<Placed>> {
        let mut records = Vec::new();
        for item in items.iter().filter(|item| sort_key(item).starts_with("J#")) {
            let place = self.place();
            let placed = self.section.read(|| place, Placed::read(sort_key(item), item))?;
            self.judge_retention("a journal record", placed.expires_at);
            records.push(placed);
        }
        Some(records)
    }

    fn after_reports(&mut self, head: &Head<'_>, statuses: &[Status]) -> Option<Vec<Status>> {
        let Some(bytes) = head.reports else { return Some(statuses.to_vec()) };
        let sheet = reports::decode(bytes, statuses.len());
        let unreadable = crate::forms::Unreadable::bytes("a report sheet");
        let place = self.place();
        let sheet = self.section.read(|| place, sheet.map_err(unreadable))?;
        let mut known = Vec::with_capacity(statuses.len());
        for ((slot, status), reported) in (0..).zip(statuses).zip(sheet) {
            let after = reported.map_or(Some(*status), |reported| status.after(reported));
            if after.is_none() {
                let place = self.frame.key.slot(self.number, slot);
                self.section.find(
                    Rule::Reports,
                    place,
                    format!("a report is about a recipient that is {status}"),
                );
            }
            known.push(after.unwrap_or(*status));
        }
        Some(known)
    }

    fn judge_counts(&mut self, head: &Head<'_>, statuses: &[Status]) {
        let expected = (head.stage == Stage::Closed).then(|| Counts::of(statuses));
        if head.counts != expected {
            let shown =
                |counts: Option<Counts>| counts.map_or("none".to_owned(), |counts| counts.to_string());
            self.find(
                Rule::Counts,
                format!("its counts are {}; its recipients give {}", shown(head.counts), shown(expected)),
            );
        }
    }

    /// Reports that name no message are looked for by the accounts that the header names.
    fn judge_accounts(&mut self, head: &Head<'_>, folded: &Folded) {
        let named = &self.frame.header.sent_by;
        let mut unnamed = folded.sent_by().filter(|account| !named.contains(*account));
        if let Some(account) = unnamed.next().filter(|_| head.stage == Stage::Closed) {
            let what = format!("it was handed over to {account}, which its campaign's header does not name");
            self.find(Rule::Reports, what);
        }
    }

    fn judge_lease(&mut self, head: &Head<'_>, folded: &Folded) {
        let Frame { header, now, .. } = self.frame;
        if head.stage == Stage::Closed && (head.lease_until != 0 || head.waits) {
            return self.find(Rule::Lease, "it is closed, but a worker still holds it");
        }
        let ran_out = head.lease_until > 0 && head.lease_until + GRACE < now;
        if ran_out && head.stage == Stage::Open && header.state != State::Paused {
            let left = if folded.is_done() {
                "no recipient is left, but it is not closed"
            } else {
                "recipients are left"
            };
            self.find(Rule::Lease, format!("its lease ran out over an hour ago; {left}"));
        }
    }

    fn judge_money(
        &mut self,
        head: &Head<'_>,
        plan: &Plan,
        statuses: &[Status],
        posted: Option<Posted>,
    ) -> Option<i128> {
        let prices = Prices::of(self.frame.terms?, &plan.recipients, statuses);
        if prices.unpriced > 0 {
            self.find(Rule::CampaignMoney, format!("{} recipients have no price", prices.unpriced));
            return None;
        }
        let is_live = self.frame.header.is_live;
        for wrong in posted.iter().flat_map(|posted| money::judge_batch(head, prices, *posted, is_live)) {
            self.find(Rule::BatchMoney, wrong);
        }
        Some(prices.all)
    }
}

/// The statuses of a batch's recipients.
struct Statuses {
    folded: Folded,
    /// Statuses, with delivery reports applied.
    known: Vec<Status>,
    is_begun: bool,
}

impl Statuses {
    fn recipients(&self, plan: &Plan) -> Vec<Recipient> {
        let states = self.folded.statuses.iter().zip(&self.known);
        (0..)
            .zip(plan.recipients.iter().zip(states))
            .map(|(slot, (recipient, (&submitted, &shown)))| {
                let number = recipient.number();
                let is_in_flight = self.folded.in_flight.contains(&slot);
                Recipient { number, submitted, shown, is_in_flight }
            })
            .collect()
    }
}

/// A number's place in an audience.
pub const fn place_of(number: u64) -> Start {
    (leaf_of(number), number)
}

fn span(plan: &Plan) -> Option<(Start, Start)> {
    let places = || plan.numbers().map(place_of);
    places().min().zip(places().max())
}
