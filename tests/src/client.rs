//! A client of the HTTP API, like a sender's program: real HTTP, one key. Every answer is compared with the OpenAPI
//! document.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, header};
use local::stack::Stack;
use platform::http::HttpClient;
use serde_json::Value;

pub use crate::answer::Answer;
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
