//! What a sender reads of a campaign agrees: status, list, messages and their totals, compared at every fifth write of
//! workers and reports, and with `EVERY=points` before each.

use std::cell::Cell;

use dispatch::{Dispatcher, GROUP_TIME};
use domain::{pacing::Pace, timestamp::Millis};
use tests::{
    agreement::disagreement,
    every::{every, step},
    proxy::Fault,
};

use crate::{
    system::{FaultSystem, GROUP, Queue, RECIPIENTS, SharedEmulators, WORKER_TIME},
    truth::{Behaviour, CrashAt, Truth},
};

/// Calls that change something.
const WRITES: [&str; 4] = ["PutItem", "UpdateItem", "TransactWriteItems", "BatchWriteItem"];
/// Past the lease of a worker and the time that its message is hidden.
const TAKEN_OVER: Millis = Millis::from_mins(13);

/// A campaign whose answers are compared.
struct Watched<'r> {
    system: &'r FaultSystem<'r>,
    campaign: u64,
    name: &'static str,
    /// Writes, and ends of work that has written, so far.
    moments: Cell<usize>,
}

impl<'r> Watched<'r> {
    async fn accepted(system: &'r FaultSystem<'r>, name: &'static str) -> Self {
        let watched = Self { system, campaign: system.insist("once").await, name, moments: Cell::new(0) };
        watched.compare().await;
        watched
    }

    /// Compares what is shown, and audits what is stored.
    async fn compare(&self) {
        let found = disagreement(self.campaign, async |path| self.system.shown(&path).await).await;
        assert_eq!(found, None, "{}", self.name);
        self.system.audit_stored(self.name).await;
    }

    /// Compares at every fifth moment, with `EVERY=points` at each.
    async fn pass_moment(&self) {
        self.moments.update(|moments| moments + 1);
        if self.moments.get().is_multiple_of(step("points", 5)) {
            Box::pin(self.compare()).await;
        }
    }

    /// Runs `work`: each of its writes, and its end if it wrote, is a moment. Before each write `meanwhile` may do
    /// something else, by the number of the write.
    async fn at_every_write<T>(&self, work: impl Future<Output = T>, meanwhile: impl AsyncFn(u32)) -> T {
        // Boxed, because these futures together are too large for a thread's stack.
        let (mut work, mut held) = (Box::pin(work), self.system.proxy().held());
        self.system.plan(|call| {
            let is_watched = matches!(call.function(), "dispatch" | "callbacks" | "receipts" | "clock");
            let is_write = WRITES.contains(&call.operation.as_str());
            if is_watched && is_write { Fault::Hold } else { Fault::None }
        });
        for write in 1.. {
            tokio::select! {
                biased;
                done = &mut work => {
                    self.system.unharmed();
                    if write > 1 {
                        self.pass_moment().await;
                    }
                    return done;
                }
                _ = held.next() => {}
            }
            self.pass_moment().await;
            Box::pin(meanwhile(write)).await;
            self.system.proxy().release();
        }
        unreachable!("a worker ends")
    }

    /// A worker over the first batch, as far as it goes.
    async fn work(&self) {
        self.work_while(async |_| ()).await;
    }

    async fn work_while(&self, meanwhile: impl AsyncFn(u32)) {
        self.work_of(self.system.dispatcher(), WORKER_TIME, meanwhile).await;
    }

    async fn work_of(&self, dispatcher: &Dispatcher, time: Millis, meanwhile: impl AsyncFn(u32)) {
        let deadline = self.system.clock.now().plus(time);
        let batch = self.system.campaign(self.campaign).batch(0);
        let work = self.system.until_killed(dispatcher.run(batch, deadline));
        self.at_every_write(work, meanwhile).await;
    }

    /// Reports every recipient that the provider took as delivered.
    async fn report(&self) {
        self.system.report(|_| true).await;
        while self.at_every_write(self.system.deliver(Queue::Receipts), async |_| ()).await > 0 {}
    }

    /// A count of the status.
    async fn count(&self, name: &str) -> u64 {
        let status = self.system.shown(&format!("/v1/sms/campaigns/{}/", self.campaign)).await;
        status[format!("{name}_count")].as_u64().unwrap()
    }

    /// Takes the batch up until the campaign has ended.
    async fn to_its_end(&self) {
        while self.system.status(self.campaign).await.finished_at.is_none() {
            self.system.pass(TAKEN_OVER);
            self.at_every_write(self.system.tick(), async |_| ()).await;
            self.work().await;
        }
        self.system.finish(self.name).await;
        self.compare().await;
    }
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_paced_campaign_shows_the_same_everywhere_at_every_write() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::RefusesFirst)).await;
    let paced = system.paced(Pace::per_second(GROUP as u32));
    let watched = Watched::accepted(&system, "paced").await;
    watched.work_of(&paced, GROUP_TIME, async |_| ()).await;
    assert_eq!((watched.count("sent").await, watched.count("failed").await), (GROUP as u64 - 1, 1));
    watched.report().await;
    assert_eq!(watched.count("delivered").await, GROUP as u64 - 1);
    system.pass(Millis::from_mins(1));
    watched.work_of(&paced, GROUP_TIME, async |_| ()).await;
    watched.to_its_end().await;
}

#[tokio::test]
async fn a_campaign_that_is_paused_and_cancelled_in_mid_batch_shows_the_same_everywhere_at_every_write() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::once(GROUP, Behaviour::ForgetsFirst)).await;
    let watched = Watched::accepted(&system, "paused and cancelled").await;
    let pause = async |write| {
        // The record with the outcomes of the first group, and the intent of the second one.
        if system.truth.calls() == 1 {
            system.control(watched.campaign, "pause").await;
            watched.compare().await;
        }
        assert!(write < 20);
    };
    watched.work_while(pause).await;
    let sent = watched.count("sent").await;
    assert!(sent >= GROUP as u64 - 1 && watched.count("queued").await > 0, "{sent}");
    watched.report().await;
    assert_eq!(watched.count("delivered").await, system.truth.reached());
    system.control(watched.campaign, "cancel").await;
    watched.compare().await;
    watched.to_its_end().await;
    assert_eq!(watched.count("cancelled").await, RECIPIENTS - system.truth.reached());
}

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_campaign_that_a_fault_pauses_in_mid_batch_shows_the_same_everywhere_at_every_write() {
    let emulators = SharedEmulators::start().await;
    let script = |call| match call {
        1 => Behaviour::KnowsFirstOptedOut,
        2 => Behaviour::RefusesAccount,
        3..=6 => Behaviour::PutsFirstOff,
        _ => Behaviour::Accepts,
    };
    let system = FaultSystem::on(&emulators, Truth::new(GROUP, script)).await;
    let watched = Watched::accepted(&system, "paused by a fault").await;
    watched.work().await;
    assert_eq!(system.status(watched.campaign).await.state.as_str(), "paused");
    watched.report().await;
    assert_eq!(watched.count("delivered").await, GROUP as u64 - 1);
    system.control(watched.campaign, "resume").await;
    watched.compare().await;
    watched.to_its_end().await;
}

#[tokio::test]
async fn a_campaign_whose_workers_are_killed_shows_the_same_everywhere_at_every_write() {
    let emulators = SharedEmulators::start().await;
    let crash = |call| match call {
        2 => CrashAt::After,
        3 => CrashAt::Before,
        _ => CrashAt::Never,
    };
    let system = FaultSystem::on(&emulators, Truth::accepting().crashing(crash)).await;
    let watched = Watched::accepted(&system, "killed").await;
    for group in 1..3 {
        watched.work().await;
        assert_eq!(watched.count("sent").await, GROUP as u64, "{group}");
        watched.report().await;
        system.pass(TAKEN_OVER);
    }
    watched.to_its_end().await;
}

/// With `EVERY=points` to the end of the cancelled campaign, otherwise to that of some batches.
#[tokio::test]
#[ignore = "long: .ci/run"]
async fn a_large_campaign_shows_the_same_everywhere_at_every_write() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::with_contacts(&emulators, Truth::new(1, |_| Behaviour::Accepts), 202)
        .await
        .in_batches_of(2);
    let watched = Watched::accepted(&system, "large").await;
    watched.work_while(async |write| assert!(write < 20)).await;
    assert_eq!(watched.count("sent").await, 2, "a batch is closed");
    watched.report().await;
    system.control(watched.campaign, "cancel").await;
    if every("points") {
        watched.compare().await;
        system.finish("large").await;
    } else {
        assert!(system.deliver(Queue::Batches).await >= 5);
    }
    watched.compare().await;
}
