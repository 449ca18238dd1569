//! Trying every crash point of an act, or a fixed sample of them.
//!
//! The sample is what the suite's time allows; `EVERY=points` tries all of them, also those after the 24th call, and
//! `EVERY=points,pairs,seeds` all pairs and hundreds of drawn lives too. A sample is drawn without a first run that counts
//! the calls. If a run makes fewer calls than the number of its point, later draws are limited to the calls that it made.

use domain::{campaign::CampaignStatus, timestamp::Millis};
use tests::{
    every,
    proxy::{Call, Fault},
};

use crate::{
    system::{FaultSystem, Queue, RECIPIENTS, SharedEmulators},
    truth::{Script, Truth},
};

/// When in a call its caller crashes.
const PHASES: [Fault; 2] = [Fault::CrashBefore, Fault::CrashAfter];
/// Draws the samples.
const SEED: u64 = 3;
/// More calls than most acts make: the range of a sample's first draw.
const MOST_CALLS: u32 = 24;

/// A crash in a numbered call.
pub type Point = (u32, Fault);

/// An act that crashes in each of its calls, before it arrives and after it is applied.
pub struct Trial<'g> {
    emulators: &'g SharedEmulators,
    name: String,
    sample: usize,
    recipients: u64,
    truth: Box<dyn Fn() -> Truth + 'g>,
    other: Option<Box<dyn Fn() -> Script + 'g>>,
}

impl<'g> Trial<'g> {
    /// Trials with [`RECIPIENTS`] and a provider that accepts every recipient; without `EVERY=points` this many points
    /// are tried.
    pub fn new(emulators: &'g SharedEmulators, name: &str, sample: usize) -> Self {
        let truth = Box::new(Truth::accepting);
        Self { emulators, name: name.to_owned(), sample, recipients: RECIPIENTS, truth, other: None }
    }

    /// Replaces the provider.
    pub fn provider(self, truth: impl Fn() -> Truth + 'g) -> Self {
        Self { truth: Box::new(truth), ..self }
    }

    /// Adds a second account, which behaves by a script of its own.
    pub fn other(self, script: impl Fn() -> Script + 'g) -> Self {
        Self { other: Some(Box::new(script)), ..self }
    }

    /// Sets the number of recipients.
    pub fn recipients(self, recipients: u64) -> Self {
        Self { recipients, ..self }
    }

    /// Tries the points. After each, all work has to end, and every rule has to hold.
    ///
    /// `prepare` makes the situation, and gives what `act` needs. An act that is killed is done again by
    /// its actor, or found by the clock: it returns when its actor would.
    pub async fn of<S>(
        self,
        prepare: impl AsyncFn(&FaultSystem<'g>) -> S,
        act: impl AsyncFn(&FaultSystem<'g>, &S),
    ) {
        // Boxed, because these futures are too large for a thread's stack.
        if every("points") {
            Box::pin(self.try_all(&prepare, &act)).await;
        } else {
            Box::pin(self.try_sample(&prepare, &act)).await;
        }
    }

    async fn try_all<S>(
        &self,
        prepare: &impl AsyncFn(&FaultSystem<'g>) -> S,
        act: &impl AsyncFn(&FaultSystem<'g>, &S),
    ) {
        // The first run finds work that earlier trials left to the clock. Only the second run is like those that
        // follow.
        Box::pin(self.run(None, prepare, act)).await;
        let calls = Box::pin(self.run(None, prepare, act)).await;
        assert!(calls > 0, "{} makes no call", self.name);
        let points = points(calls);
        let mut not_reached = 0;
        for point in &points {
            if Box::pin(self.run(Some(*point), prepare, act)).await < point.0 {
                not_reached += 1;
            }
        }
        // Waits are drawn at random, so an act that waits can make a few calls fewer.
        assert!(not_reached * 20 <= points.len(), "{}: {not_reached} points not reached", self.name);
    }

    async fn try_sample<S>(
        &self,
        prepare: &impl AsyncFn(&FaultSystem<'g>) -> S,
        act: &impl AsyncFn(&FaultSystem<'g>, &S),
    ) {
        let seed = self.name.bytes().fold(SEED, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
        let mut untried = points(MOST_CALLS);
        fastrand::Rng::with_seed(seed).shuffle(&mut untried);
        for _ in 0..self.sample {
            loop {
                let point = untried.pop().unwrap_or_else(|| panic!("{} makes too few calls", self.name));
                let calls = Box::pin(self.run(Some(point), prepare, act)).await;
                if point.0 <= calls {
                    break;
                }
                untried.retain(|(call, _)| *call <= calls);
            }
        }
    }

    /// Gives how many calls the act made, in one of which it crashed if a point is tried.
    async fn run<S>(
        &self,
        point: Option<Point>,
        prepare: &impl AsyncFn(&FaultSystem<'g>) -> S,
        act: &impl AsyncFn(&FaultSystem<'g>, &S),
    ) -> u32 {
        let mut system = FaultSystem::with_contacts(self.emulators, (self.truth)(), self.recipients).await;
        if let Some(script) = &self.other {
            system = system.with_other(script()).await;
        }
        let situation = prepare(&system).await;
        system.plan(move |call| at(point, call));
        act(&system, &situation).await;
        let calls = system.proxy().log();
        let context = format!("{}: {point:?}", self.name);
        let is_reached = |(number, _): Point| number <= calls.len() as u32;
        assert!(point.is_none_or(|point| died(point, &calls) || !is_reached(point)), "{context}: no crash");
        system.finish(&context).await;
        calls.len() as u32
    }
}

/// A campaign that is accepted, with its batches enqueued.
pub async fn accepted(system: &FaultSystem<'_>) -> u64 {
    system.insist("once").await
}

/// Invokes a worker once.
pub async fn work<S>(system: &FaultSystem<'_>, _: &S) {
    system.deliver(Queue::Batches).await;
}

/// Workers until the campaign has ended, or a fault has paused it; then it is resumed.
pub async fn work_and_resume(system: &FaultSystem<'_>, campaign: &u64) {
    while system.status(*campaign).await.state != CampaignStatus::Paused {
        system.deliver(Queue::Batches).await;
        system.pass(Millis::from_mins(15));
        system.tick().await;
        // The worker crashed before it wrote the pause, and other workers went on.
        if system.status(*campaign).await.finished_at.is_some() {
            return;
        }
    }
    system.control(*campaign, "resume").await;
}

/// The fault of a call where a point is to be tried.
pub fn at(point: Option<Point>, call: &Call) -> Fault {
    point.filter(|(number, _)| call.number == *number).map_or(Fault::None, |(_, phase)| phase)
}

/// Whether one of these calls was the last of its caller, as a point wants it.
pub fn died(point: Point, calls: &[Call]) -> bool {
    calls.iter().any(|call| (call.number, call.fault) == point)
}

/// Every point of a number of calls.
pub fn points(calls: u32) -> Vec<Point> {
    (1..=calls).flat_map(|call| PHASES.map(|phase| (call, phase))).collect()
}

/// A sample of them, drawn by a fixed seed; all if [`every`] of that kind is wanted.
pub fn sampled<T>(kind: &str, all: Vec<T>, most: usize) -> Vec<T> {
    if every(kind) {
        return all;
    }
    fastrand::Rng::with_seed(SEED).choose_multiple(all, most)
}
