//! Many seeds at once, and the shortest history of one that fails.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::{audit::Evidence, run::simulate, shape::Shape};

/// Cuts tried on the way to the shortest history.
const CUTS: u32 = 200;

/// Plays every seed of a range on all processors; gives what all came to, or the first that failed.
pub fn play_all(first: u64, seeds: u64) -> Result<Evidence, (Shape, String)> {
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

/// Cuts a failing run down as long as it still fails.
pub fn shorten(mut shape: Shape, mut why: String) -> (Shape, String) {
    let mut cuts = 0;
    'shorter: loop {
        for smaller in shape.smaller() {
            cuts += 1;
            if cuts > CUTS {
                return (shape, why);
            }
            if let Err(still) = simulate(&smaller) {
                (shape, why) = (smaller, still);
                continue 'shorter;
            }
        }
        return (shape, why);
    }
}

fn add(sum: &mut Evidence, evidence: Evidence) {
    sum.recipients += evidence.recipients;
    sum.calls += evidence.calls;
    sum.faults += evidence.faults;
    for (status, count) in evidence.statuses {
        *sum.statuses.entry(status).or_default() += count;
    }
}
