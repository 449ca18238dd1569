//! The counts of a run of the clock, for the metrics that alarms watch.

use clock::RunCounts;
use domain::timestamp::{Millis, Offset};
use serde_json::json;
use tests::proxy::Fault;

use crate::{
    system::{FaultSystem, Queue, SharedEmulators},
    truth::Truth,
};

#[tokio::test]
async fn a_launch_and_an_end_are_counted_once() {
    let emulators = SharedEmulators::start().await;
    let system = FaultSystem::on(&emulators, Truth::accepting()).await;
    let at = system.clock.now().plus(Millis::from_mins(30));
    system.insist_on("later", &json!({"scheduled_at": at.rfc3339(Offset::UTC)})).await;
    system.insist("now").await;
    let mut is_closed = false;
    system.plan(move |call| {
        let dies = is_closed && call.function() == "dispatch";
        is_closed |= call.function() == "dispatch" && call.operation == "TransactWriteItems";
        if dies { Fault::CrashBefore } else { Fault::None }
    });
    system.deliver(Queue::Batches).await;
    system.unharmed();
    system.pass(Millis::from_mins(31));
    let looked = RunCounts { campaigns: 2, launched: 1, finished: 1, ..RunCounts::default() };
    assert_eq!(system.look().await, looked);
    assert_eq!(system.look().await, RunCounts::default());
    system.finish("launched and ended").await;
}
