//! A provider that is down for a minute in the middle of a campaign: which recipients become unconfirmed, and that all
//! others are sent to once it is up again.
//!
//! Each kind of outage has its own system, and all run at the same time, because most of it is waiting. The functions
//! are processes and use the machine's clock, so the bench takes some five minutes.

mod provider;

use std::{cell::Cell, time::Duration};

use auditor::Rule;
use domain::pacing::PROBE_RECIPIENTS;
use provider::{GROUP, Outage, Provider};
use providers::sandbox;
use serde_json::Value;
use tests::audit::{Verdict, auditor, judge};
use tokio::time::{Instant, sleep};

use crate::{
    bars::{Bars, Measure},
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        table::{Table, count},
    },
};

const RECIPIENTS: usize = 120_000;
/// How many recipients are sent to before the outage.
const BEFORE: usize = 40_000;
const OUTAGE: Duration = Duration::from_secs(60);
/// Concurrent invocations; each dispatches ten batches at the same time.
const WORKERS: usize = 4;
/// How long a worker waits before it reads an empty queue again.
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);
/// The interval of the deployed clock.
const BETWEEN_TICKS: Duration = Duration::from_secs(60);
/// The longest time for a campaign.
const PATIENCE: Duration = Duration::from_secs(900);

const OUTAGES: [(&str, Outage); 6] = [
    ("500", Outage::Status(500)),
    ("502", Outage::Status(502)),
    ("503", Outage::Status(503)),
    ("503, Retry-After: 20", Outage::RetryAfter(20)),
    ("no answer", Outage::Hangs),
    ("reset", Outage::Resets),
];

struct OutageResult {
    under_way: usize,
    lost_calls: Vec<usize>,
    /// The `waiting` of the campaign's status during the outage.
    waiting: String,
    sent_after: usize,
    /// The time from the end of the outage to that of the campaign.
    recovery: Duration,
    status: Value,
    taken_twice: usize,
    verdict: Verdict,
}

/// A campaign during which an outage happens.
struct CampaignInOutage {
    measured: MeasuredStack,
    provider: Provider,
    over: Cell<bool>,
}

impl CampaignInOutage {
    async fn accepted() -> Self {
        let provider = Provider::start();
        let measured = MeasuredStack::start_calling(Setup::Timed, &sandbox::KIND, provider.variables()).await;
        let books = books::overlapping(&measured, RECIPIENTS).await;
        measured.send(&books).await;
        Self { measured, provider, over: Cell::new(false) }
    }

    async fn meet(&self, outage: Outage) -> OutageResult {
        let workers = tests::all((0..WORKERS).map(|_| self.work()));
        let (met, _, ()) = tokio::join!(self.outlive(outage), workers, self.tick());
        met
    }

    async fn work(&self) {
        while !self.over.get() {
            if self.measured.stack.poll_batches().await.expect("the queue answers").received == 0 {
                sleep(BETWEEN_LOOKS).await;
            }
        }
    }

    async fn tick(&self) {
        let mut next = Instant::now();
        while !self.over.get() {
            if Instant::now() >= next {
                self.measured.stack.tick().await.expect("the clock runs");
                next += BETWEEN_TICKS;
            }
            sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn outlive(&self, outage: Outage) -> OutageResult {
        while self.provider.messages() < BEFORE {
            sleep(Duration::from_millis(5)).await;
        }
        let under_way = self.provider.set_outage(Some(outage));
        sleep(OUTAGE * 3 / 4).await;
        let waiting = self.status().await["waiting"]["reason"].as_str().unwrap_or("nothing").to_owned();
        sleep(OUTAGE / 4).await;
        self.provider.set_outage(None);
        let (before, up_again) = (self.provider.messages(), Instant::now());
        let status = self.end().await;
        OutageResult {
            under_way,
            lost_calls: self.provider.lost_calls(),
            waiting,
            sent_after: self.provider.messages() - before,
            recovery: up_again.elapsed(),
            status,
            taken_twice: self.provider.messages_taken_twice(),
            verdict: self.verdict().await,
        }
    }

    /// Waits for the campaign's end; returns its status.
    async fn end(&self) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status().await;
            if status["status"] == "completed" {
                self.over.set(true);
                return status;
            }
            assert!(begun.elapsed() < PATIENCE && status["status"] != "paused", "{status}");
            sleep(BETWEEN_LOOKS).await;
        }
    }

    async fn status(&self) -> Value {
        self.measured.api.get("/v1/sms/campaigns/1/").await.expect(200)
    }

    async fn verdict(&self) -> Verdict {
        let now_millis = self.measured.stack.clock().now().millis();
        let options = auditor::Options { now_millis, organisation: None };
        let judged = judge(&auditor(&self.measured.stack), options, self.provider.truth()).await;
        let mut verdict = judged.expect("the tables answer");
        // The bench's books are rosters without contacts.
        verdict.report.findings.retain(|finding| finding.rule != Rule::Roster);
        verdict
    }
}

impl OutageResult {
    fn probes(&self) -> usize {
        self.lost_calls.iter().filter(|recipients| **recipients <= PROBE_RECIPIENTS).count()
    }

    fn lost(&self) -> usize {
        self.lost_calls.iter().sum()
    }

    /// The most that the outage may leave unconfirmed.
    fn most(&self) -> usize {
        WORKERS * 10 * GROUP + self.probes() * PROBE_RECIPIENTS
    }

    fn count(&self, name: &str) -> usize {
        self.status[format!("{name}_count")].as_u64().expect("a count") as usize
    }

    fn check(&self, word: &str) {
        let [sent, failed, unconfirmed] = ["sent", "failed", "unconfirmed"].map(|name| self.count(name));
        assert_eq!((unconfirmed, failed), (self.lost(), 0), "{word}: {}", self.status);
        assert_eq!(sent + unconfirmed, RECIPIENTS, "{word}: {}", self.status);
        assert_eq!((self.taken_twice, self.waiting.as_str()), (0, "provider_in_doubt"), "{word}");
        assert!(self.verdict.is_clean(), "{word}: {}", self.verdict);
    }
}

async fn meet((word, outage): (&str, Outage)) -> OutageResult {
    let struck = CampaignInOutage::accepted().await;
    let met = struck.meet(outage).await;
    struck.measured.stack.stop().await;
    met.check(word);
    met
}

/// Measures and prints.
pub async fn run(bars: &mut Bars) {
    let columns = [
        "outage",
        "calls under way",
        "calls lost",
        "probes",
        "unconfirmed",
        "failed",
        "sent after it",
        "texted twice",
        "over after, s",
        "audit",
    ];
    let title = format!("A minute's outage in the middle of {}", count(RECIPIENTS as u64));
    let mut table = Table::new(&title, &columns);
    for (met, (word, _)) in tests::all(OUTAGES.map(meet)).await.iter().zip(OUTAGES) {
        bars.note(Measure::Unconfirmed, met.lost() as f64 / met.most() as f64);
        table.row(row(word, met));
    }
    table.print();
}

fn row(word: &str, met: &OutageResult) -> [String; 10] {
    let number = |number: usize| count(number as u64);
    [
        word.to_owned(),
        number(met.under_way),
        number(met.lost_calls.len() - met.probes()),
        number(met.probes()),
        number(met.count("unconfirmed")),
        number(met.count("failed")),
        number(met.sent_after),
        number(met.taken_twice),
        number(met.recovery.as_secs() as usize),
        if met.verdict.is_clean() { "clean" } else { "not clean" }.to_owned(),
    ]
}
