//! The events of a run in the order of their time, recorded only for a failing run.
//!
//! A run uses one thread, and so does its history. Reads without a fault are left out, because the writes before them
//! show what they read.

use std::{cell::RefCell, fmt::Display, time::Duration};

use serde_json::Value;

thread_local! {
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Operations that change nothing.
const READS: [&str; 5] = ["GetItem", "BatchGetItem", "Query", "Scan", "ListTables"];

/// Runs something and returns its events.
pub fn told<T>(play: impl FnOnce() -> T) -> (T, Vec<String>) {
    LINES.replace(Some(Vec::new()));
    let played = play();
    (played, LINES.take().unwrap_or_default())
}

/// Notes an act or an answer.
pub fn note(at: Duration, what: impl FnOnce() -> String) {
    LINES.with_borrow_mut(|lines| {
        if let Some(lines) = lines {
            lines.push(format!("{:>9.3} s  {}", at.as_secs_f64(), what()));
        }
    });
}

/// Records a call to a table or a queue, and its fault.
pub fn note_call(at: Duration, operation: &str, body: &[u8], fault: Option<impl Display>) {
    if fault.is_some() || !READS.contains(&operation) {
        note(at, || {
            let (keys, fault) = (keys(body), fault.map(|fault| format!(": {fault}")));
            format!("    {operation} {keys}{}", fault.unwrap_or_default())
        });
    }
}

/// The keys in a request.
fn keys(body: &[u8]) -> String {
    let mut keys = Vec::new();
    if let Ok(request) = serde_json::from_slice(body) {
        collect(&request, &mut keys);
    }
    keys.join(", ")
}

fn collect(value: &Value, keys: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            if let (Some(pk), Some(sk)) = (fields.get("pk"), fields.get("sk")) {
                let part = |value: &Value| value["S"].as_str().map(short).unwrap_or_default();
                keys.push(format!("{} {}", part(pk), part(sk)));
            } else if let Some(body) = fields.get("MessageBody").and_then(Value::as_str) {
                keys.push(short(body));
            } else {
                fields.values().for_each(|value| collect(value, keys));
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, keys)),
        _ => {}
    }
}

/// Shortens UUIDs to their beginnings.
fn short(text: &str) -> String {
    let is_id = |word: &str| uuid::Uuid::try_parse(word).is_ok();
    let words = text.split_inclusive(['#', '"', ':', ' ']).map(|word| {
        let end = word.trim_end_matches(['#', '"', ':', ' ']).len();
        let (word, end) = word.split_at(end);
        format!("{}{end}", if is_id(word) { &word[..4] } else { word })
    });
    words.collect()
}
