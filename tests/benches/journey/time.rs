//! Time and memory: an accept and the dispatch of what it accepted.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use local::stack::FunctionName;

use crate::support::{
    books,
    campaign::{self, Sent},
    cost::Step,
    measured_stack::{MeasuredStack, Setup},
    prices::Prices,
    process,
};

/// Time and processor time of one step of one function.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub recipients: usize,
    /// Processor time of the function's processes.
    pub processor: Duration,
    /// Their memory at its highest, the largest process's.
    pub peak_bytes: u64,
    /// Their memory before.
    pub idle_bytes: u64,
    /// Wall time.
    pub wall: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Unique recipients.
    pub recipients: usize,
    pub accept: Used,
    pub dispatch: Used,
    /// The cost of the callbacks of some recipients.
    pub callbacks: Used,
    /// The application of all reports, or none if there are too many.
    pub reports: Option<Used>,
}

impl Timed {
    /// Our own processor time for one recipient, in microseconds.
    pub fn processor_us(&self) -> BTreeMap<Step, f64> {
        let of = |used: &Used| used.processor.as_secs_f64() * 1e6 / used.recipients as f64;
        let mut steps = BTreeMap::from([
            (Step::Accept, of(&self.accept)),
            (Step::Dispatch, of(&self.dispatch)),
            (Step::Callbacks, of(&self.callbacks)),
        ]);
        steps.extend(self.reports.as_ref().map(|reports| (Step::Reports, of(reports))));
        steps
    }
}

/// Largest campaign whose every report is applied.
const LARGEST_REPORTED: usize = 100_000;
/// Callbacks that are made; each costs the same.
const CALLBACKS: usize = 2_000;

/// Measures a campaign of this size on a stack of its own.
pub async fn measure(recipients: usize, prices: &Prices) -> Timed {
    let measured = MeasuredStack::start(Setup::Timed).await;
    warm_up(&measured, prices).await;
    let books = books::overlapping(&measured, recipients).await;
    let (answer, accept) = used(&measured, FunctionName::Api, recipients, measured.send(&books)).await;
    assert_eq!(answer["recipients_count"], recipients, "{answer}");
    let campaign = campaign::accepted_campaign(&measured, &answer);
    let (_, dispatch) = used(&measured, FunctionName::Dispatch, recipients, measured.dispatch_all(1)).await;
    let taken = measured.provider.take_all();
    assert_eq!(taken.len(), recipients, "each recipient is handed over once");
    let some = &taken[..recipients.min(CALLBACKS)];
    let (_, callbacks) =
        used(&measured, FunctionName::Callbacks, some.len(), campaign::call_back(&measured, some)).await;
    let mut reports = None;
    if recipients <= LARGEST_REPORTED {
        let sent = Sent { campaign, recipients, taken };
        let apply = campaign::apply_reports(&measured, &sent, prices);
        reports = Some(used(&measured, FunctionName::Receipts, recipients, apply).await.1);
    }
    measured.stack.stop().await;
    Timed { recipients, accept, dispatch, callbacks, reports }
}

/// Lets the functions start, connect and allocate what they keep.
async fn warm_up(measured: &MeasuredStack, prices: &Prices) {
    let books = books::overlapping(measured, 10).await;
    let (sent, _) = campaign::send(measured, &books).await;
    campaign::call_back(measured, &sent.taken).await;
    campaign::apply_reports(measured, &sent, prices).await;
}

/// Measures what a function's processes use while something happens.
async fn used<T>(
    measured: &MeasuredStack,
    function: FunctionName,
    recipients: usize,
    step: impl Future<Output = T>,
) -> (T, Used) {
    let processes = measured.processes(function);
    processes.iter().copied().for_each(process::forget_peak);
    let peak = |processes: &[u32]| processes.iter().copied().map(process::peak_memory_bytes).max();
    let (idle_bytes, before) = (peak(&processes).unwrap_or_default(), measured.processor_time(function));
    let begun = Instant::now();
    let result = step.await;
    let (wall, processor) = (begun.elapsed(), measured.processor_time(function) - before);
    let peak_bytes = peak(&measured.processes(function)).unwrap_or_default();
    (result, Used { recipients, processor, peak_bytes, idle_bytes, wall })
}
