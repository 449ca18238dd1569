//! Forms of what is queued: every body of `tests/golden/queued.json` is read by today's code, which writes it to
//! the byte; a form without a golden body fails; and a body of a newer form is kept, by either queue's reader.

use std::collections::BTreeSet;

use queue::{BatchTask, PoisonError, ReportTask, Task, decode};
use serde_json::{Value, json};

use crate::{
    mail::{BATCHES, RECEIPTS},
    run::on_virtual_time,
    system::System,
};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/golden/queued.json");

/// The bodies of one queue, with the form that each is of.
fn golden(queue: &str) -> Vec<(u32, String)> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap();
    let bodies = file[queue].as_array().unwrap().iter().map(|body| body.as_str().unwrap().to_owned());
    let form = |body: &str| serde_json::from_str::<Value>(body).unwrap()["v"].as_u64().unwrap() as u32;
    bodies.map(|body| (form(&body), body)).collect()
}

/// Holds a queue's golden bodies to what today's code reads and writes.
fn hold<T: Task + std::fmt::Debug + PartialEq>(queue: &str) {
    let mut forms = BTreeSet::new();
    for (form, body) in golden(queue) {
        forms.insert(form);
        let task: T = decode(&body).unwrap_or_else(|error| panic!("{body}: {error}"));
        let written = format!(r#"{{"v":{},"task":{}}}"#, task.form(), serde_json::to_string(&task).unwrap());
        assert_eq!(written, body);
        let newer = raised(&body, T::NEWEST);
        assert_eq!(decode::<T>(&newer), Err(PoisonError::UnknownForm(T::NEWEST + 1)));
    }
    assert_eq!(forms, (1..=T::NEWEST).collect(), "each form of {queue} has a golden body");
}

/// The body as code would write it that is newer than a form.
fn raised(body: &str, newest: u32) -> String {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["v"] = json!(newest + 1);
    body["task"]["more"] = json!(true);
    body.to_string()
}

#[test]
fn every_form_that_is_queued_is_golden_and_read_and_written_as_it_was() {
    hold::<BatchTask>(BATCHES);
    hold::<ReportTask>(RECEIPTS);
}

#[test]
fn a_message_of_a_newer_form_is_refused_and_kept() {
    for (queue, newest) in [(BATCHES, BatchTask::NEWEST), (RECEIPTS, ReportTask::NEWEST)] {
        for (_, body) in golden(queue) {
            for (body, left) in [(raised(&body, newest), 1), (body, 0)] {
                let work = async {
                    let system = System::start("1,mishaps=0".parse().unwrap()).await;
                    system.mail.bring(queue, &body);
                    assert!(system.dispatch(1).await || system.apply_reports(1).await);
                    system.mail.waiting()
                };
                assert_eq!(on_virtual_time(1, work), left, "{body}");
            }
        }
    }
}
