//! A small server that plays the API's import: it counts the requests, refuses numbers of two digits, and fails as the
//! test chooses.

use std::{
    path::Path,
    process::{Child, Output},
    sync::{Arc, Mutex},
};

use contact_files::{Options, Table};
use domain::api_key::{ApiKey, KeyMode, RANDOM_BYTES};
use serde_json::{Value, json};

use super::{
    endpoint::{Answer, Endpoint, Request},
    process::{run_fed, start_with},
};

pub const BOOK: &str = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";

/// The query and the phones of each request, including refused ones.
pub type Arrived = Arc<Mutex<Vec<(String, Vec<String>)>>>;

pub struct ImportApi {
    endpoint: Endpoint,
    key: ApiKey,
    arrived: Arrived,
}

impl ImportApi {
    /// An API that fails the requests for which `fails` has an answer; it counts them from 0.
    pub fn start(fails: impl Fn(usize) -> Option<Answer> + Send + 'static) -> Self {
        let arrived = Arrived::default();
        let seen = arrived.clone();
        let endpoint = Endpoint::start(move |request| {
            let (query, phones) = (query(request), phones(&request.body));
            let mut seen = seen.lock().unwrap();
            let failure = fails(seen.len());
            let named = if query.contains("named=1000") { 1_000 } else { 100 };
            let answer = summary(&phones, named);
            seen.push((query, phones));
            failure.unwrap_or((200, answer.to_string()))
        });
        Self { endpoint, key: ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]), arrived }
    }

    /// Imports a file into the book with further flags.
    pub fn import(&self, file: &Path, flags: &[&str]) -> Output {
        self.start_import(file, flags).wait_with_output().unwrap()
    }

    /// Begins an import, for a test that ends it.
    pub fn start_import(&self, file: &Path, flags: &[&str]) -> Child {
        let url = self.endpoint.url();
        let variables = [("SMS_API_URL", url.as_str()), ("SMS_API_KEY", self.key.reveal())];
        let arguments = [&["import", BOOK, file.to_str().unwrap()], flags].concat();
        start_with(file.parent().unwrap(), &variables, &arguments)
    }

    pub fn import_input(&self, data: &Path, input: &[u8]) -> Output {
        let url = self.endpoint.url();
        let variables = [("SMS_API_URL", url.as_str()), ("SMS_API_KEY", self.key.reveal())];
        run_fed(data, &variables, &["import", BOOK, "-"], input)
    }

    /// The requests since the last call.
    pub fn arrived(&self) -> Vec<(String, Vec<String>)> {
        std::mem::take(&mut *self.arrived.lock().unwrap())
    }

    /// The phones since the last call.
    pub fn phones(&self) -> Vec<String> {
        self.arrived().into_iter().flat_map(|(_, phones)| phones).collect()
    }
}

fn query(request: &Request) -> String {
    let path = request.line.split(' ').nth(1).unwrap_or_default();
    path.split_once('?').map_or("", |(_, query)| query).to_owned()
}

fn phones(body: &str) -> Vec<String> {
    let mut table = Table::open(body, &Options::default()).unwrap();
    let mut phones = Vec::new();
    while let Some(row) = table.next_row().unwrap() {
        phones.push(row.phones().next().unwrap_or_default().to_owned());
    }
    phones
}

fn summary(phones: &[String], named: usize) -> Value {
    let bad = phones.iter().enumerate().filter(|(_, phone)| phone.len() <= 2);
    let invalid: Vec<_> = bad
        .map(|(place, phone)| json!({"row": place + 1, "line": place + 2, "phone": phone, "reason": "too short"}))
        .collect();
    json!({
        "received": phones.len(), "added": phones.len() - invalid.len(), "updated": 0, "unchanged": 0,
        "duplicates": 0, "invalid_count": invalid.len(), "invalid": &invalid[..named.min(invalid.len())],
        "notes_cut": 0, "not_mobile": 0, "ignored_columns": [], "header_line": 1,
    })
}
