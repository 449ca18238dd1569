//! The form of messages: every body of `tests/golden/queued.json` is read by the code and written back to the
//! byte, and each queue's reader keeps a body of a newer form.

use queue::{BatchTask, FORM, PoisonError, ReportTask, Task, decode};
use serde_json::{Value, json};

use crate::{
    faulty_queues::{BATCHES, RECEIPTS},
    run::on_virtual_time,
    system::System,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/queued.json");

fn golden(queue: &str) -> Vec<String> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let bodies: Vec<String> = serde_json::from_value(file[queue].clone()).unwrap();
    assert!(!bodies.is_empty(), "{queue} has no golden body");
    bodies
}

/// Reads and writes every golden body of a queue.
fn check<T: Task + std::fmt::Debug + PartialEq>(queue: &str) {
    for body in golden(queue) {
        let task: T = decode(&body).unwrap_or_else(|error| panic!("{body}: {error}"));
        let written = format!(r#"{{"v":{FORM},"task":{}}}"#, serde_json::to_string(&task).unwrap());
        assert_eq!(written, body);
        assert_eq!(decode::<T>(&newer(&body)), Err(PoisonError::UnknownForm(FORM + 1)));
    }
}

/// The message in the next form.
fn newer(body: &str) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["v"] = json!(FORM + 1);
    body["task"]["more"] = json!(true);
    body.to_string()
}

#[test]
fn golden_messages_are_read_and_written_back_to_the_byte() {
    check::<BatchTask>(BATCHES);
    check::<ReportTask>(RECEIPTS);
}

#[test]
fn a_message_of_a_newer_form_is_refused_and_kept() {
    for queue in [BATCHES, RECEIPTS] {
        for body in golden(queue) {
            for (body, left) in [(newer(&body), 1), (body, 0)] {
                let work = async {
                    let system = System::start("1,message_faults=0".parse().unwrap()).await;
                    system.faulty_queues.bring(queue, &body);
                    assert!(system.dispatch(1).await || system.apply_reports(1).await);
                    system.faulty_queues.waiting()
                };
                assert_eq!(on_virtual_time(1, work), left, "{body}");
            }
        }
    }
}
