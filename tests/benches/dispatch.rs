//! Dispatch alone: recipients a second with one worker and several, for a provider that answers at once and one that
//! takes a tenth of a second, with a hundred recipients in a call and one in a request; and the processor time by
//! thread.

use std::{collections::BTreeMap, time::Duration};

use local::stack::FunctionName;

use crate::{
    bars::{Bars, Measure},
    support::{
        books,
        measured_stack::{MeasuredStack, Setup},
        process,
        provider::Takes,
        table::{Table, count, short},
    },
};

/// Workers that share the queue.
const WORKERS: [usize; 3] = [1, 2, 4];

/// A provider, and the load.
struct Case {
    word: &'static str,
    takes: Takes,
    latency: Duration,
    campaigns: usize,
    /// Recipients of each campaign.
    recipients: usize,
}

/// A provider that takes one a request is handed groups of twenty: several campaigns keep as many workers busy.
const CASES: [Case; 4] = [
    Case::of("100 a call, at once", Takes::Hundreds, 0, 1, 100_000),
    Case::of("100 a call, 100 ms", Takes::Hundreds, 100, 1, 40_000),
    Case::of("1 a request, at once", Takes::OneByOne, 0, 40, 100),
    Case::of("1 a request, 100 ms", Takes::OneByOne, 100, 20, 500),
];

/// The cost of a case.
struct Worked {
    recipients: usize,
    wall: Duration,
    /// Processor time of the dispatch function.
    own: Duration,
    /// Processor time of this process, by thread: the emulators, the provider, and the host (queue polling,
    /// invocations).
    others: BTreeMap<String, Duration>,
}

impl Case {
    const fn of(
        word: &'static str,
        takes: Takes,
        latency_ms: u64,
        campaigns: usize,
        recipients: usize,
    ) -> Self {
        Self { word, takes, latency: Duration::from_millis(latency_ms), campaigns, recipients }
    }

    async fn measure(&self, workers: usize) -> Worked {
        let measured = MeasuredStack::start_with(Setup::Timed, self.takes).await;
        let some = books::overlapping(&measured, 10).await;
        // One instance for each worker: an instance starts at its first invocation.
        for _ in 0..workers * 10 {
            measured.send(&some).await;
        }
        measured.dispatch_all(workers).await;
        measured.provider.wait(self.latency);
        let books = books::overlapping(&measured, self.recipients).await;
        for _ in 0..self.campaigns {
            measured.send(&books).await;
        }
        let (messages, before) =
            (measured.provider.messages(), measured.processor_time(FunctionName::Dispatch));
        let others = process::processor_time_by_thread(std::process::id());
        let wall = measured.dispatch_all(workers).await.wall;
        let own = measured.processor_time(FunctionName::Dispatch) - before;
        let others = since(&others, process::processor_time_by_thread(std::process::id()));
        let recipients = self.recipients * self.campaigns;
        assert_eq!(
            measured.provider.messages() - messages,
            recipients as u64,
            "each recipient is handed over once"
        );
        measured.stack.stop().await;
        Worked { recipients, wall, own, others }
    }
}

fn since(before: &BTreeMap<String, Duration>, now: BTreeMap<String, Duration>) -> BTreeMap<String, Duration> {
    let earlier = |name: &String| before.get(name).copied().unwrap_or_default();
    now.into_iter().map(|(name, time)| (name.clone(), time.saturating_sub(earlier(&name)))).collect()
}

impl Worked {
    fn rate(&self) -> f64 {
        self.recipients as f64 / self.wall.as_secs_f64()
    }

    fn each_us(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / self.recipients as f64
    }

    /// Time of the threads with these names, or of all others.
    fn of(&self, names: &[&str], is_named: bool) -> f64 {
        let wanted = self.others.iter().filter(|(name, _)| names.contains(&name.as_str()) == is_named);
        self.each_us(wanted.map(|(_, time)| *time).sum())
    }
}

/// Measures and prints.
pub async fn run(bars: &mut Bars) {
    let columns = [
        "provider",
        "workers",
        "recipients",
        "recipients/s",
        "own CPU µs/recipient",
        "DynamoDB's",
        "SQS's",
        "provider's",
        "host's",
        "wall s",
    ];
    let mut table = Table::new("Dispatch by workers; each works on ten batches at once", &columns);
    let mut best = 0.0f64;
    for case in &CASES {
        for workers in WORKERS {
            let worked = case.measure(workers).await;
            if case.takes == Takes::Hundreds && case.latency.is_zero() {
                best = best.max(worked.rate());
            }
            table.row(row(case, workers, &worked));
        }
    }
    table.print();
    bars.note(Measure::DispatchRate, best);
}

fn row(case: &Case, workers: usize, worked: &Worked) -> [String; 10] {
    const NAMED: [&str; 3] = ["DynamoDB", "SQS", "provider"];
    let [dynamodb, sqs, provider] = NAMED.map(|name| short(worked.of(&[name], true)));
    [
        case.word.to_owned(),
        workers.to_string(),
        count(worked.recipients as u64),
        short(worked.rate()),
        short(worked.each_us(worked.own)),
        dynamodb,
        sqs,
        provider,
        short(worked.of(&NAMED, false)),
        short(worked.wall.as_secs_f64()),
    ]
}
