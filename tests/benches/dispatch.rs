//! Dispatch alone: recipients a second through one worker and several, for a provider that answers at once
//! and one that takes a tenth of a second.

use std::time::Duration;

use local::stack::FunctionName;

use crate::{
    options::Options,
    support::{
        books,
        rig::{Rig, Setup},
        table::{Table, count, short},
    },
};

/// Recipients of each campaign; the slow provider gets fewer.
const INSTANT: usize = 100_000;
const SLOW: usize = 40_000;
const LATENCY: Duration = Duration::from_millis(100);

/// Measures and prints.
pub async fn run(options: &Options) {
    let columns = ["provider", "workers", "recipients", "recipients/s", "own CPU µs/recipient", "wall s"];
    let mut table = Table::new("Dispatch by workers; each works on ten batches at once", &columns);
    for (word, latency, recipients) in [("at once", Duration::ZERO, INSTANT), ("100 ms", LATENCY, SLOW)] {
        let recipients = recipients.min(options.largest());
        for workers in [1, 2, 4] {
            let (wall, processor) = measure(recipients, workers, latency).await;
            table.row([
                word.to_owned(),
                workers.to_string(),
                count(recipients as u64),
                short(recipients as f64 / wall.as_secs_f64()),
                short(processor.as_secs_f64() * 1e6 / recipients as f64),
                short(wall.as_secs_f64()),
            ]);
        }
    }
    table.print();
}

async fn measure(recipients: usize, workers: usize, latency: Duration) -> (Duration, Duration) {
    let rig = Rig::start(Setup::Timed).await;
    let some = books::overlapping(&rig, 10_000).await;
    // As many instances as there will be workers: each starts at its first invocation.
    for _ in 0..workers {
        rig.send(&some).await;
    }
    rig.dispatch_all(workers).await;
    rig.provider.wait(latency);
    let books = books::overlapping(&rig, recipients).await;
    rig.send(&books).await;
    let (messages, before) = (rig.provider.messages(), rig.processor_time(FunctionName::Dispatch));
    let wall = rig.dispatch_all(workers).await.wall;
    assert_eq!(rig.provider.messages() - messages, recipients as u64, "everybody is handed over once");
    let processor = rig.processor_time(FunctionName::Dispatch) - before;
    rig.stack.stop().await;
    (wall, processor)
}
