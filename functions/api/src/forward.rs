//! Forwards requests for address books that API Gateway routes to this function.
//!
//! A route of an HTTP API cannot end in a slash, and AWS does not document whether `{proxy+}` matches an empty rest. If
//! it does not, `/v1/address-books/` reaches this function, which gets all requests without a route. It passes such a
//! request unchanged to `books`, and returns the answer.

use std::time::Duration;

use domain::timestamp::Millis;
use http::StatusCode;
use platform::{
    aws::AwsSettings,
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
    signing::{self, Caller},
};
use serde_json::{Value, json};
use web::{ApiError, ErrorCode};

/// The paths of `books` that end where its `{proxy+}` begins (`template.yaml`).
const OF_BOOKS: [&str; 3] = ["/v1/address-books", "/v1/contacts", "/v1/opt-outs"];
/// The service's suffix of the standard endpoint variable, `AWS_ENDPOINT_URL_LAMBDA`.
const SERVICE: &str = "LAMBDA";
/// Less than the gateway waits.
const CALL_TIMEOUT: Duration = Duration::from_secs(28);
const RETRY_AFTER: Millis = Millis::from_secs(1);

/// The function `books`, as this one calls it.
#[derive(Clone, Debug)]
pub struct Books {
    url: String,
    settings: AwsSettings,
    http: HttpClient,
}

impl Books {
    /// Reads the environment; `None` if `BOOKS_FUNCTION` is not set, as on a host that routes by path prefixes.
    pub fn read(environment: &mut Environment<'_>, http: &HttpClient) -> Option<Self> {
        let function = environment.optional("BOOKS_FUNCTION")?;
        let settings = AwsSettings::read(environment, SERVICE);
        let url = format!("{}/2015-03-31/functions/{function}/invocations", settings.endpoint_of("lambda"));
        Some(Self { url, settings, http: http.clone() })
    }

    /// Reads the process's environment.
    ///
    /// # Errors
    /// If the environment is not complete.
    pub fn from_process() -> Result<Option<Self>, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let books = http.map(|http| Self::read(&mut environment, &http));
        environment.finish(books)
    }

    /// Has `books` answer an event of the HTTP API.
    pub async fn answer(&self, event: &Value) -> Value {
        self.invoke(event).await.unwrap_or_else(|| {
            let id = event["requestContext"]["requestId"].as_str().unwrap_or_default();
            tracing::error!(request.id = id, "a request could not be handed on to books");
            unavailable(id)
        })
    }

    async fn invoke(&self, event: &Value) -> Option<Value> {
        let (region, credentials) = (self.settings.region(), self.settings.credentials());
        let caller = Caller { service: "lambda", region, credentials };
        let request =
            signing::post(caller, &self.url, &[("content-type", "application/json")], event.to_string())?;
        let answer = self.http.send(request, CALL_TIMEOUT).await.ok()?;
        let failed = answer.headers().contains_key("x-amz-function-error");
        let is_answer = answer.status() == StatusCode::OK && !failed;
        serde_json::from_slice(answer.body()).ok().filter(|_| is_answer)
    }
}

/// Whether an event of the HTTP API is a request that `books` answers.
pub fn is_for_books(event: &Value) -> bool {
    let path = event["rawPath"].as_str().unwrap_or_default();
    OF_BOOKS.contains(&path.trim_end_matches('/'))
}

fn unavailable(request_id: &str) -> Value {
    let detail = "The service is not available right now; try again.";
    let error = ApiError::new(ErrorCode::Unavailable, detail);
    json!({
        "statusCode": 503,
        "headers": {
            "content-type": "application/json",
            "retry-after": RETRY_AFTER.secs_rounded_up().to_string(),
            "x-request-id": request_id,
        },
        "body": error.body(request_id).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    fn event(path: &str) -> Value {
        json!({"version": "2.0", "rawPath": path, "requestContext": {"requestId": "r-1"}})
    }

    /// A Lambda endpoint that answers one call with `answer`; returns its address and the request that it received.
    async fn lambda(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let got = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"}") {
                connection.read_buf(&mut request).await.unwrap();
            }
            connection.write_all(answer.as_bytes()).await.unwrap();
            String::from_utf8(request).unwrap()
        });
        (format!("http://{address}"), got)
    }

    fn books(url: &str) -> Books {
        let lookup = |name: &str| match name {
            "BOOKS_FUNCTION" => Some("stack-books".to_owned()),
            "AWS_ENDPOINT_URL_LAMBDA" => Some(url.to_owned()),
            "AWS_REGION" | "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => Some("test".to_owned()),
            _ => None,
        };
        let mut environment = Environment::new(&lookup);
        Books::read(&mut environment, &HttpClient::new(Roots::Amazon).unwrap()).unwrap()
    }

    #[test]
    fn only_paths_of_books_that_a_greedy_route_may_miss_are_forwarded() {
        for path in ["/v1/address-books/", "/v1/address-books", "/v1/contacts/", "/v1/opt-outs//"] {
            assert!(is_for_books(&event(path)), "{path}");
        }
        for path in ["/v1/", "/v1/balance/", "/v1/address-booksy/", "/v1/address-books/x", ""] {
            assert!(!is_for_books(&event(path)), "{path}");
        }
        assert!(!is_for_books(&json!({})));
    }

    #[tokio::test]
    async fn the_answer_of_books_is_returned() {
        let body = "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"statusCode\":200}";
        let (url, got) = lambda(body).await;
        let event = event("/v1/address-books/");
        assert_eq!(books(&url).answer(&event).await, json!({"statusCode": 200}));
        let got = got.await.unwrap();
        assert!(got.starts_with("POST /2015-03-31/functions/stack-books/invocations "), "{got}");
        assert!(got.to_lowercase().contains("authorization: aws4-hmac-sha256"), "{got}");
        assert!(got.ends_with(&event.to_string()), "{got}");
    }

    #[tokio::test]
    async fn a_failed_invocation_is_answered_as_every_error_is() {
        let failed = "HTTP/1.1 200 OK\r\nx-amz-function-error: Unhandled\r\ncontent-length: 2\r\n\r\n{}";
        let (url, _) = lambda(failed).await;
        let answer = books(&url).answer(&event("/v1/contacts/")).await;
        assert_eq!(answer["statusCode"], 503);
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!((&body["code"], &body["request_id"]), (&json!("unavailable"), &json!("r-1")));
    }
}
