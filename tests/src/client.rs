//! A client of the HTTP API, like a sender's program: real HTTP, one key. Every answer is compared with the OpenAPI
//! document.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use local::stack::Stack;
use platform::http::HttpClient;
use serde_json::Value;

use crate::document;

/// Headers of a JSON body.
pub const JSON: [(&str, &str); 1] = [("content-type", "application/json")];
const TIMEOUT: Duration = Duration::from_secs(60);

/// Speaks to one base address, with a key or without.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    base_url: String,
    key: Option<String>,
}

/// An answer, read completely.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Client {
    /// A client of a stack, without a key.
    pub fn new(stack: &Stack) -> Self {
        Self { http: stack.http().clone(), base_url: stack.base_url().to_owned(), key: None }
    }

    /// A client of another address, over a stack's connections.
    pub fn at(stack: &Stack, base_url: &str) -> Self {
        Self { base_url: base_url.to_owned(), ..Self::new(stack) }
    }

    pub fn with_key(&self, key: &str) -> Self {
        Self { key: Some(key.to_owned()), ..self.clone() }
    }

    /// The key, for another program.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// A copy of the client without a key.
    pub fn without_key(&self) -> Self {
        Self { key: None, ..self.clone() }
    }

    /// Sends a request. The answer must be one that the OpenAPI document describes.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", self.base_url));
        if let Some(key) = &self.key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).expect("the request is well-formed");
        let response = self.http.send(request, TIMEOUT).await.expect("the front answers");
        let (parts, body) = response.into_parts();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        document::check(&method, path, &answer);
        answer
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[], Bytes::new()).await
    }

    /// `POST` of JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_with(path, &[], body).await
    }

    /// `POST` of JSON with further headers.
    pub async fn post_with(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = JSON.to_vec();
        all.extend(headers);
        self.call(Method::POST, path, &all, body.to_string()).await
    }

    pub async fn post_csv(&self, path: &str, csv: impl Into<Bytes>) -> Answer {
        self.call(Method::POST, path, &[("content-type", "text/csv")], csv).await
    }

    pub async fn get_csv(&self, path: &str) -> Answer {
        self.call(Method::GET, path, &[("accept", "text/csv")], Bytes::new()).await
    }

    /// `PATCH` of JSON.
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path, &JSON, body.to_string()).await
    }

    /// `DELETE`, with a JSON body if there is one.
    pub async fn delete(&self, path: &str, body: Option<&Value>) -> Answer {
        match body {
            Some(body) => self.call(Method::DELETE, path, &JSON, body.to_string()).await,
            None => self.call(Method::DELETE, path, &[], Bytes::new()).await,
        }
    }
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The JSON body of an answer that must have this status.
    #[track_caller]
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self.json()
    }

    /// The fields that a validation error names, in its order.
    #[track_caller]
    pub fn bad_fields(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().unwrap_or_else(|| panic!("no errors: {body}")).iter();
        errors.map(|error| error["field"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Asserts that the answer is an error with this status and code; returns its `detail`.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> String {
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        assert!(body["request_id"].as_str().is_some_and(|id| !id.is_empty()), "{body}");
        body["detail"].as_str().unwrap_or_else(|| panic!("an error has a detail: {body}")).to_owned()
    }
}
