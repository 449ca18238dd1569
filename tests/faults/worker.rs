//! What a worker knows is written, whatever else fails.

use tests::proxy::Fault;

use crate::{
    rig::{GROUP, Ground, Queue, Rig},
    truth::{Behaviour, Truth},
};

/// Everything that a worker asks for after a hand-over fails for good, but the writing of its journal.
#[tokio::test]
async fn an_answer_of_the_provider_is_written_though_nothing_else_can_be() {
    let ground = Ground::start().await;
    for behaviour in [
        Behaviour::Accepts,
        Behaviour::RefusesFirst,
        Behaviour::KnowsFirstOptedOut,
        Behaviour::PutsFirstOff,
        Behaviour::Throttles,
        Behaviour::RefusesAccount,
    ] {
        let rig = Rig::on(&ground, Truth::once(GROUP, behaviour)).await;
        let campaign = rig.insist("once").await;
        let truth = rig.truth.clone();
        rig.plan(move |call| {
            let is_struck = call.function() == "dispatch" && truth.calls() > 0 && call.operation != "PutItem";
            if is_struck { Fault::Refuse("ThrottlingException") } else { Fault::None }
        });
        rig.deliver(Queue::Batches).await;
        assert_eq!(rig.truth.calls(), 1, "{behaviour:?}: nobody else is handed over");
        rig.unharmed();
        rig.finish(&format!("{behaviour:?}")).await;
        assert_eq!(rig.status(campaign).await.unconfirmed, 0, "{behaviour:?}");
    }
}
