//! Compares answers with the OpenAPI document: every answer that a test gets through [`Client`](crate::client::Client)
//! must be one that the document describes, without a field that it does not name.
//!
//! The published document allows further fields in answers, so that a new field breaks no client. Here every object is
//! closed. A schema is compiled once in a process, when the first answer that it describes comes: most answers are errors,
//! which share one schema.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::answer::Answer;

/// The document as it is served.
pub const TEXT: &str = include_str!("../../functions/api/openapi.json");

static DOCUMENT: LazyLock<Document> = LazyLock::new(Document::read);

/// Paths below `/v1` that the document leaves out: the providers' callbacks, and the document itself.
const LEFT_OUT: [&str; 2] = ["/v1/providers/", "/v1/openapi.json"];

struct Document {
    /// Every object closed.
    closed: Value,
    /// The segments of each path, and the path as the document has it.
    paths: Vec<(Vec<String>, String)>,
    /// By the text of their schemas.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// The document as JSON.
pub fn document() -> Value {
    serde_json::from_str(TEXT).expect("the document is JSON")
}

/// Asserts that the OpenAPI document describes the answer to a request.
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let is_described = path.starts_with("/v1") && !LEFT_OUT.iter().any(|left_out| path.starts_with(left_out));
    // Answers of API Gateway and Lambda themselves have no request id.
    let is_ours = answer.headers.contains_key("x-request-id");
    if is_described && is_ours && *method != Method::HEAD {
        let wrong = DOCUMENT.wrong(method, path, answer);
        assert!(wrong.is_none(), "{method} {path} {}: {}", answer.status, wrong.unwrap_or_default());
    }
}

impl Document {
    fn read() -> Self {
        let mut closed = document();
        close(&mut closed["components"]["schemas"]);
        close(&mut closed["paths"]);
        let paths = closed["paths"].as_object().expect("paths").keys();
        let paths = paths.map(|path| (segments(path), path.clone())).collect();
        Self { closed, paths, validators: Mutex::default() }
    }

    fn wrong(&self, method: &Method, path: &str, answer: &Answer) -> Option<String> {
        let status = answer.status.as_u16();
        let operation = self.operation(method, path);
        let Some(operation) = operation else {
            let is_unknown = [401, 404, 405, 429, 503].contains(&status);
            let error = json!({"$ref": "#/components/schemas/Error"});
            return if is_unknown {
                self.differs(&error, &answer.json())
            } else {
                Some("no operation".to_owned())
            };
        };
        let response = self.resolve(&operation["responses"][status.to_string()]);
        if response.is_null() {
            return Some(format!("the document has no such status: {}", answer.text()));
        }
        let media_type = answer.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        match (response.get("content"), media_type) {
            (None, _) => (!answer.body.is_empty()).then(|| "it has a body".to_owned()),
            (Some(content), kind) => match &content[kind]["schema"] {
                Value::Null => Some(format!("the document has no {kind:?}")),
                schema if kind == "application/json" => self.differs(schema, &answer.json()),
                _ => None,
            },
        }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let sought = segments(path);
        let fits = |template: &[String]| {
            template.len() == sought.len()
                && template
                    .iter()
                    .zip(&sought)
                    .all(|(part, segment)| part.starts_with('{') || part == segment)
        };
        let variables = |template: &[String]| template.iter().filter(|part| part.starts_with('{')).count();
        let found = self.paths.iter().filter(|(template, _)| fits(template));
        let (_, path) = found.min_by_key(|(template, _)| variables(template))?;
        let method = method.as_str().to_lowercase();
        self.closed["paths"][path].get(&method)
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        let pointer = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
        pointer.map_or(value, |pointer| self.closed.pointer(pointer).unwrap_or(&Value::Null))
    }

    fn differs(&self, schema: &Value, body: &Value) -> Option<String> {
        let validator = {
            let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
            validators.entry(schema.to_string()).or_insert_with(|| Arc::new(self.compile(schema))).clone()
        };
        if validator.is_valid(body) {
            return None;
        }
        let errors: Vec<String> = validator
            .iter_errors(body)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect();
        Some(format!("{errors:?} in {body}"))
    }

    /// A schema whose references lead into the document.
    fn compile(&self, schema: &Value) -> Validator {
        let mut root = schema.clone();
        root["components"] = json!({"schemas": self.closed["components"]["schemas"]});
        jsonschema::options().should_validate_formats(true).build(&root).expect("a schema of the document")
    }
}

/// Forbids fields that an object's schema does not name.
fn close(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type") {
                fields.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn segments(path: &str) -> Vec<String> {
    path.trim_end_matches('/').split('/').map(str::to_owned).collect()
}
