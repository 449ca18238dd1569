//! Reports in random order, repeated and contradicting.

use crate::support::{
    books, campaign,
    measured_stack::{MeasuredStack, Setup},
    storm::Storm,
};

/// A full batch, and one that is not.
const RECIPIENTS: usize = 1_100;

#[tokio::test]
#[ignore = "long: .ci/run"]
async fn reports_in_any_order_have_the_same_result_and_repeated_reports_write_nothing() {
    let measured = MeasuredStack::start(Setup::MeteredInProcess).await;
    let books = books::overlapping(&measured, RECIPIENTS).await;
    let (sent, _) = campaign::send(&measured, &books).await;
    let storm = Storm::of(&measured, &sent).await;
    assert!(storm.tasks.len() > RECIPIENTS * 6 / 5, "{}", storm.tasks.len());
    storm.queue(&measured).await;
    campaign::apply_queued(&measured, RECIPIENTS / 2, 1).await;
    storm.hold(&measured, &sent).await;
    storm.queue(&measured).await;
    let before = measured.read();
    campaign::apply_queued(&measured, RECIPIENTS / 2, 1).await;
    assert_eq!(measured.read().since(&before).dynamodb.write_units(), 0.0);
    storm.hold(&measured, &sent).await;
    measured.stack.stop().await;
}
