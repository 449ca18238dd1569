//! Queue bodies.

use domain::{
    ids::{AccountName, CampaignId},
    keys::{CampaignKey, MessageKey},
    receipt::{DeliveryReceipt, Reported},
};
use fuzzing::{Input, inputs, play};
use proptest::{
    prelude::{prop_assert, prop_assert_eq},
    test_runner::TestCaseResult,
};
use queue::{BatchTask, FORM, PoisonError, ReportTask, Task};
use serde_json::json;

use crate::{
    memory::{PLAIN, within},
    system::CANARIES,
};

const CASES: u32 = 1_000;

fn message(campaign: u64) -> MessageKey {
    let organisation = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f".parse().unwrap();
    CampaignKey { organisation, campaign: CampaignId::new(campaign).unwrap() }.batch(3).message(5)
}

fn body<T: Task>(task: &T) -> Vec<u8> {
    json!({"v": FORM, "task": task}).to_string().into_bytes()
}

/// A body is either a task that is encoded as this body, or an error that repeats nothing of it.
fn reads<T: Task + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> TestCaseResult {
    let text = String::from_utf8_lossy(bytes);
    match within(PLAIN, text.as_bytes(), |_| queue::decode::<T>(&text)) {
        Ok(task) => prop_assert_eq!(queue::decode(&String::from_utf8(body(&task)).unwrap()), Ok(task)),
        Err(error) => {
            let told = error.to_string();
            prop_assert!(!CANARIES.iter().any(|canary| told.contains(canary)), "{told}");
            prop_assert!(matches!(error, PoisonError::Unreadable | PoisonError::UnknownForm(_)));
        }
    }
    Ok(())
}

fn seeds() -> Vec<Vec<u8>> {
    let batch = BatchTask { batch: message(84).batch };
    let receipt = DeliveryReceipt::new(Reported::Undelivered, Some("UserInBlackList"), Some("63902"));
    let id = Some("ATXid_0123456789abcdef".to_owned());
    let named = ReportTask::new(message(84), AccountName::new("at-ke"), id, receipt);
    let found = named.clone().of_hand_over(Some(1)).found_by_number(vec![message(85)]);
    let stray = json!({"v": 1, "task": {"batch": CANARIES[0], "message": CANARIES[1]}});
    vec![body(&batch), body(&named), body(&found), stray.to_string().into_bytes()]
}

#[test]
fn a_message_of_a_batch_is_a_task_or_an_error() {
    play(CASES, &inputs(seeds()), |Input(bytes)| reads::<BatchTask>(&bytes));
}

#[test]
fn a_message_of_a_report_is_a_task_or_an_error() {
    play(CASES, &inputs(seeds()), |Input(bytes)| reads::<ReportTask>(&bytes));
}
