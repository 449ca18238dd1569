//! One wallet and many concurrent sends, over real HTTP.

use serde_json::json;
use tests::{World, client::Answer, phones};

/// The cost of a send, of the world's thousand shillings: five sends are affordable.
const CONTACTS: u32 = 200;
const ASKED: usize = 9;

#[tokio::test]
async fn of_many_concurrent_sends_exactly_those_that_the_balance_covers_are_accepted() {
    let world = World::start().await;
    let book = world.book("Book", &phones(0..CONTACTS)).await;
    let body = json!({"group_ids": [book], "message": "Hi"});
    let send = || world.api.post("/v1/sms/send-group/", &body);
    let answers = tests::all((0..ASKED).map(|_| send())).await;
    let with = |status: u16| answers.iter().filter(move |answer| answer.status.as_u16() == status);
    assert_eq!((with(202).count(), with(402).count()), (5, 4), "{answers:?}");
    with(402).for_each(|answer: &Answer| drop(answer.refused(402, "insufficient_balance")));
    let amounts = |balance: (String, String, String)| [balance.0, balance.1, balance.2];
    assert_eq!(amounts(world.balance().await), ["1000.00", "1000.00", "0.00"]);
    world.drain().await;
    world.audit().await;
    assert_eq!(amounts(world.balance().await), ["0.00", "0.00", "0.00"]);
    assert_eq!(world.inbox().messages, 1_000);
}
