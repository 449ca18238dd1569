//! Many seeds, on all processors.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{
    audit::Evidence,
    run::simulate,
    search::{Failure, shorten},
    shape::Shape,
};

/// Plays every seed of a range on all processors; gives what all came to, or the first that failed.
pub fn play_all(first: u64, seeds: u64) -> Result<Evidence, Box<Failure>> {
    let next = AtomicU64::new(first);
    let sum = Mutex::new(Evidence::default());
    let failed: Mutex<Option<(Shape, String)>> = Mutex::new(None);
    let player = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds || failed.lock().unwrap().is_some() {
                return;
            }
            let shape = Shape::of(seed);
            match simulate(&shape) {
                Ok(evidence) => add(&mut sum.lock().unwrap(), evidence),
                Err(why) => *failed.lock().unwrap() = Some((shape, why)),
            }
        }
    };
    thread::scope(|scope| {
        (0..thread::available_parallelism().map_or(1, usize::from)).for_each(|_| drop(scope.spawn(player)));
    });
    match failed.into_inner().unwrap() {
        Some((shape, why)) => Err(shorten(shape, why)),
        None => Ok(sum.into_inner().unwrap()),
    }
}

fn add(sum: &mut Evidence, evidence: Evidence) {
    sum.recipients += evidence.recipients;
    sum.batches += evidence.batches;
    sum.calls += evidence.calls;
    sum.faults += evidence.faults;
    for (status, count) in evidence.statuses {
        *sum.statuses.entry(status).or_default() += count;
    }
}
