//! Time and memory: an accept and the dispatch of what it accepted.

use std::time::{Duration, Instant};

use local::stack::FunctionName;

use crate::support::{
    books, process,
    rig::{Rig, Setup},
};

/// What one step of one function used.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    /// Processor time of the function's processes.
    pub processor: Duration,
    /// Their memory at its highest, the largest process's.
    pub peak_bytes: u64,
    /// Their memory before.
    pub idle_bytes: u64,
    /// Wall time.
    pub wall: Duration,
}

/// Both steps of one campaign.
#[derive(Clone, Copy, Debug)]
pub struct Timed {
    /// Unique recipients.
    pub recipients: usize,
    /// The accept.
    pub accept: Used,
    /// The dispatch.
    pub dispatch: Used,
}

/// Measures a campaign of this size on a stack of its own.
pub async fn measure(recipients: usize) -> Timed {
    let rig = Rig::start(Setup::Timed).await;
    warm_up(&rig).await;
    let books = books::overlapping(&rig, recipients).await;
    let accept = used(&rig, FunctionName::Api, async {
        let begun = Instant::now();
        let answer = rig.send(&books).await;
        assert_eq!(answer["recipients_count"], recipients, "{answer}");
        begun.elapsed()
    })
    .await;
    let before = rig.provider.messages();
    let dispatch = used(&rig, FunctionName::Dispatch, rig.dispatch_all(1)).await;
    assert_eq!(rig.provider.messages() - before, recipients as u64, "everybody is handed over once");
    rig.stack.stop().await;
    Timed { recipients, accept, dispatch }
}

/// Lets the functions start, connect and allocate what they keep.
async fn warm_up(rig: &Rig) {
    let books = books::overlapping(rig, 10).await;
    rig.send(&books).await;
    rig.dispatch_all(1).await;
}

/// What a function's processes use while something happens, which tells its own wall time.
async fn used(rig: &Rig, function: FunctionName, step: impl Future<Output = Duration>) -> Used {
    let processes = rig.processes(function);
    processes.iter().copied().for_each(process::forget_peak);
    let peak = |processes: &[u32]| processes.iter().copied().map(process::peak_memory_bytes).max();
    let (idle_bytes, before) = (peak(&processes).unwrap_or_default(), rig.processor_time(function));
    let wall = step.await;
    let processor = rig.processor_time(function) - before;
    let peak_bytes = peak(&rig.processes(function)).unwrap_or_default();
    Used { processor, peak_bytes, idle_bytes, wall }
}
