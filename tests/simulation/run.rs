//! One run: customers and services act while calls fail, then the faults stop, everything ends, and the tables are
//! audited.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    time::Duration,
};

use domain::api_key::KeyMode;

use crate::{
    acts,
    audit::{Evidence, audit},
    chance::Chance,
    customers::Customer,
    observer::keep_comparing,
    pages,
    provider::TOO_LATE,
    shape::Shape,
    system::System,
};

/// Runs of the clock, three minutes apart, after which everything must have ended.
const LOOKS: u32 = 60;
/// Longer than an unconfirmed recipient's money waits for a report.
const REPORT_WAIT: Duration = Duration::from_hours(73);

/// An action of a customer, an operator or a service.
pub type Act<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Plays a run; returns its counts, or what is wrong.
pub fn simulate(shape: &Shape) -> Result<Evidence, String> {
    let played = catch_unwind(AssertUnwindSafe(|| on_virtual_time(shape.seed, play(shape.clone()))));
    played.unwrap_or_else(|panic| Err(text_of(&*panic)))
}

/// Runs something on a thread with its own virtual time and random numbers.
pub fn on_virtual_time<T>(seed: u64, story: impl Future<Output = T>) -> T {
    platform::random::repeat_from(seed);
    fastrand::seed(seed);
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().unwrap().block_on(story)
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

async fn play(shape: Shape) -> Result<Evidence, String> {
    let system = System::start(shape).await;
    let mut chance = Chance::of(system.shape.seed, "people");
    let mut customers = Vec::new();
    for _ in 0..system.shape.organisations {
        let now = system.time.now();
        customers.push(Customer::set_up(&system.stores, &system.shape, &mut chance, now).await);
    }
    system.set_rate(system.shape.faults);
    let over = Cell::new(false);
    let story = async {
        let calm = async {
            system.time.pass(Duration::from_mins(system.shape.minutes)).await;
            system.calm();
        };
        tokio::join!(calm, all(acts(&system, &customers)));
        let ended = settle(&system, &customers).await;
        over.set(true);
        ended
    };
    let compared = keep_comparing(&system, &customers, &over);
    let (ended, (), compared) = tokio::join!(story, all(services(&system, &over)), compared);
    compared.and(ended)?;
    release(&system).await;
    audit(&system, &customers).await
}

/// Runs all actions at the same time.
pub async fn all(acts: Vec<Act<'_>>) {
    futures_util::future::join_all(acts).await;
}

fn acts<'a>(system: &'a System, customers: &'a [Customer]) -> Vec<Act<'a>> {
    let shape = &system.shape;
    let mut acts: Vec<Act<'a>> = Vec::new();
    if shape.stops > 0 {
        acts.push(Box::pin(acts::stop_and_go(system, Chance::of(shape.seed, "stop"))));
    }
    for (place, customer) in customers.iter().enumerate() {
        let chance = |kind: &str, n: u64| Chance::of(shape.seed, &format!("{place} {kind} {n}"));
        for n in 0..shape.sends {
            acts.push(Box::pin(acts::send(system, customer, chance("send", n), format!("send-{n}"))));
        }
        for n in 0..shape.controls {
            acts.push(Box::pin(acts::control(system, customer, chance("control", n))));
        }
        for n in 0..shape.top_ups {
            acts.push(Box::pin(acts::top_up(system, customer, chance("top up", n), format!("top-up-{n}"))));
        }
        for n in 0..shape.looks {
            acts.push(Box::pin(pages::look(system, customer, chance("look", n))));
        }
        for n in 0..shape.edits {
            acts.push(Box::pin(acts::edit(system, customer, chance("edit", n))));
        }
    }
    acts
}

/// The services that run by themselves: workers, the provider's reports, the clock; sometimes two of each.
pub fn services<'a>(system: &'a System, over: &'a Cell<bool>) -> Vec<Act<'a>> {
    let seed = system.shape.seed;
    let mut services: Vec<Act<'a>> = Vec::new();
    for n in 0..system.shape.workers {
        services.push(Box::pin(work(system, over, Chance::of(seed, &format!("worker {n}")))));
    }
    services.push(Box::pin(keep_reporting(system, over, Chance::of(seed, "reporter"))));
    services.push(Box::pin(keep_looking(system, over, Chance::of(seed, "clock"))));
    services
}

/// Runs the services for a while.
#[cfg(test)]
pub async fn live(system: &System, span: Duration) {
    let over = Cell::new(false);
    let story = async {
        system.time.pass(span).await;
        over.set(true);
    };
    tokio::join!(story, all(services(system, &over)));
}

async fn work(system: &System, over: &Cell<bool>, mut chance: Chance) {
    while !over.get() {
        let most = chance.between(1, 3);
        if !system.dispatch(most).await {
            system.time.pass(chance.secs(1, 15)).await;
        }
    }
}

async fn keep_reporting(system: &System, over: &Cell<bool>, mut chance: Chance) {
    while !over.get() {
        system.report().await;
        while system.apply_reports(chance.between(1, system.shape.batch.max(10))).await {}
        system.time.pass(chance.secs(5, 40)).await;
    }
}

async fn keep_looking(system: &System, over: &Cell<bool>, mut chance: Chance) {
    while !over.get() {
        if chance.comes(150) {
            tokio::join!(system.tick(), system.tick());
        } else {
            system.tick().await;
        }
        system.time.pass(chance.secs(60, 120)).await;
    }
}

/// Resumes campaigns that a fault paused, and waits until everything has ended.
pub async fn settle(system: &System, customers: &[Customer]) -> Result<(), String> {
    let every = stores::ListRequest::page(1, 1_000);
    for _ in 0..LOOKS {
        let mut open = 0;
        for customer in customers {
            let campaigns = &system.stores.campaigns;
            for header in campaigns.list(customer.id, KeyMode::Live, |_| true, every).await.unwrap().results {
                open += usize::from(header.finished_at.is_none());
                campaigns.resume(header.key, system.time.now()).await.unwrap();
            }
        }
        if open == 0 && !expects_reports(system) && system.faulty_queues.waiting() == 0 {
            return Ok(());
        }
        system.time.pass(Duration::from_mins(3)).await;
    }
    Err(format!("it never ended: {} messages wait", system.faulty_queues.waiting()))
}

/// Applies the reports that were under way, lets the wait for more end, and applies those that come after it.
pub async fn release(system: &System) {
    apply_what_comes(system).await;
    system.time.pass(REPORT_WAIT).await;
    system.tick().await;
    system.time.pass(TOO_LATE - REPORT_WAIT).await;
    apply_what_comes(system).await;
}

async fn apply_what_comes(system: &System) {
    while expects_reports(system) || system.faulty_queues.waiting() > 0 {
        system.report().await;
        while system.apply_reports(10).await {}
        while system.dispatch(10).await {}
        system.time.pass(Duration::from_mins(1)).await;
    }
}

/// Whether a report will come during the wait for reports.
fn expects_reports(system: &System) -> bool {
    system.truth.has_reports_before(system.time.elapsed() + REPORT_WAIT / 2)
}
