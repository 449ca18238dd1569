//! Real contact files, each with the expected result of its import: `fixtures/import_cases.json`.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use crate::{client::Client, fixture};

/// A file, and the expected result of its import.
pub struct ImportCase {
    pub id: String,
    pub content_type: String,
    pub body: Vec<u8>,
    expected: Value,
}

/// The result of an import.
pub struct Outcome {
    /// 200, or 400 if the file was refused as a whole.
    pub status: u16,
    /// The body of the answer.
    pub text: String,
    pub invalid_count: Option<u64>,
    /// The numbers of the book after it, in order.
    pub phones: Vec<String>,
}

impl ImportCase {
    /// Every case; all are of an organisation in Kenya.
    pub fn all() -> Vec<Self> {
        let cases: Value = serde_json::from_str(&fixture("import_cases.json")).expect("the fixture is JSON");
        cases["cases"].as_array().expect("a list").iter().map(Self::of).collect()
    }

    fn of(case: &Value) -> Self {
        assert_eq!(case["home"], "KE", "the organisation's country");
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        let (content_type, body) = match &case["body_b64"] {
            Value::String(encoded) => {
                // The fixture gives these bytes as a text, in which API Gateway would replace them by U+FFFD.
                let content_type = text("content_type").replace("text/csv", "application/octet-stream");
                (content_type, BASE64_STANDARD.decode(encoded).expect("base64"))
            }
            _ => (text("content_type"), text("body").into_bytes()),
        };
        Self { id: text("id"), content_type, body, expected: case["expect"].clone() }
    }

    /// The difference from the expected result.
    pub fn judge(&self, outcome: &Outcome) -> Result<(), String> {
        let Outcome { status, text, invalid_count, phones } = outcome;
        if !self.is_status_right(outcome) {
            return Err(format!("{status}: {text}"));
        }
        if let Some(word) = self.expected["must_mention"].as_str()
            && !text.contains(word)
        {
            return Err(format!("{word} is not mentioned in {text}"));
        }
        if *status != 200 {
            return Ok(());
        }
        let (invalid, stored) = (&self.expected["invalid"], &self.expected["phones"]);
        if !invalid.is_null() && json!(invalid_count) != *invalid {
            return Err(format!("{invalid_count:?} invalid in {text}"));
        }
        if !stored.is_null() && json!(phones) != *stored {
            return Err(format!("{phones:?} stored"));
        }
        Ok(())
    }

    /// An expectation is a status, two of them, or `400 or invalid>0`.
    fn is_status_right(&self, outcome: &Outcome) -> bool {
        let status = outcome.status;
        match &self.expected["status"] {
            Value::String(text) if text.ends_with("invalid>0") => {
                status == 400 || outcome.invalid_count.is_some_and(|count| count > 0)
            }
            Value::String(text) => text.split(" or ").any(|either| either == status.to_string()),
            exactly => *exactly == status,
        }
    }
}

/// The numbers of a book, in order.
pub async fn stored_phones(api: &Client, book: &str) -> Vec<String> {
    let page = api.get(&format!("/v1/address-books/{book}/contacts/")).await.expect(200);
    let contacts = page["results"].as_array().expect("a list").iter();
    let mut phones: Vec<String> =
        contacts.filter_map(|contact| contact["phone"].as_str()).map(str::to_owned).collect();
    phones.sort();
    phones
}
