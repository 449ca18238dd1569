//! The counts of a run of the clock, for the metrics that alarms watch.

use clock::RunCounts;
use domain::timestamp::{Millis, Offset};
use serde_json::json;
use tests::proxy::Fault;

use crate::{
    rig::{Ground, Queue, Rig},
    truth::Truth,
};

#[tokio::test]
async fn a_launch_and_an_end_are_counted_once() {
    let ground = Ground::start().await;
    let rig = Rig::on(&ground, Truth::accepting()).await;
    let at = rig.clock.now().plus(Millis::from_mins(30));
    rig.insist_on("later", &json!({"scheduled_at": at.rfc3339(Offset::UTC)})).await;
    rig.insist("now").await;
    let mut is_closed = false;
    rig.plan(move |call| {
        let dies = is_closed && call.function() == "dispatch";
        is_closed |= call.function() == "dispatch" && call.operation == "TransactWriteItems";
        if dies { Fault::DieBefore } else { Fault::None }
    });
    rig.deliver(Queue::Batches).await;
    rig.unharmed();
    rig.pass(Millis::from_mins(31));
    let looked = RunCounts { campaigns: 2, launched: 1, finished: 1, ..RunCounts::default() };
    assert_eq!(rig.look().await, looked);
    assert_eq!(rig.look().await, RunCounts::default());
    rig.finish("launched and ended").await;
}
