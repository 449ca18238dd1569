//! Many seeds, on all processors.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{audit::Evidence, run::simulate, shape::Shape};

/// A failing run, and what is wrong.
type Failed = Box<(Shape, String)>;

/// Plays seeds from one on, with their shapes, on all processors, until the sum of the counts is enough, or up to the
/// last seed; returns the sum, or the first run that failed.
pub fn play_all(
    first: u64,
    shape_of: impl Fn(u64) -> Shape + Sync,
    is_enough: impl Fn(&Evidence, u64) -> bool + Sync,
) -> Result<Evidence, Failed> {
    let next = AtomicU64::new(first);
    let sum = Mutex::new(Evidence::default());
    let failed: Mutex<Option<Failed>> = Mutex::new(None);
    let player = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if is_enough(&sum.lock().unwrap(), seed) || failed.lock().unwrap().is_some() {
                return;
            }
            let shape = shape_of(seed);
            match simulate(&shape) {
                Ok(evidence) => add(&mut sum.lock().unwrap(), evidence),
                Err(why) => *failed.lock().unwrap() = Some(Box::new((shape, why))),
            }
        }
    };
    thread::scope(|scope| {
        (0..thread::available_parallelism().map_or(1, usize::from)).for_each(|_| drop(scope.spawn(player)));
    });
    match failed.into_inner().unwrap() {
        Some(failed) => Err(failed),
        None => Ok(sum.into_inner().unwrap()),
    }
}

fn add(sum: &mut Evidence, evidence: Evidence) {
    sum.campaigns += evidence.campaigns;
    sum.recipients += evidence.recipients;
    sum.batches += evidence.batches;
    sum.unpaid += evidence.unpaid;
    sum.large += evidence.large;
    sum.calls += evidence.calls;
    sum.faults += evidence.faults;
    for (status, count) in evidence.statuses {
        *sum.statuses.entry(status).or_default() += count;
    }
}
