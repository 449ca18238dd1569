//! A client of the product's HTTP API, with no other access than a customer's.
//!
//! Used by the demo and by the commands that act for an organisation (import, send, follow), on this machine or a
//! deployment. It retries nothing by itself: [`retry`] says which calls may be repeated.

mod answers;
mod key;
mod refusal;
pub mod retry;

pub use answers::{
    AddressBook, CampaignStatus, ImportSummary, ListedCampaign, NamedRow, Page, SendAnswer, Skipped,
};
pub use key::{IdempotencyKey, IdempotencyKeyError};
pub use refusal::{FieldError, Refusal};

use std::{error::Error as _, iter::successors, time::Duration};

use bytes::Bytes;
use domain::{
    api_key::{ApiKey, KeyMode},
    ids::{BookId, CampaignId},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use platform::http::{HttpClient, HttpError, Roots, TlsSetupError};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;

/// Longer than API Gateway waits for a function.
const TIMEOUT: Duration = Duration::from_secs(35);

/// Why a call has no usable answer.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The base URL or the key cannot be part of a request.
    #[error("{0} is not the URL of an API, such as https://api.example.com")]
    NotAUrl(String),
    /// The key would be sent to another machine unencrypted.
    #[error("{0} must be https: the API key goes there")]
    NotEncrypted(String),
    /// No answer came.
    #[error("{url} {}", match error {
        HttpError::NeverSent { .. } => "could not be reached",
        HttpError::Lost { .. } => "gave no answer",
    })]
    Http {
        /// The address of the API.
        url: String,
        /// Whether the request may have arrived.
        error: HttpError,
        #[source]
        cause: RootCause,
    },
    /// No connection could ever be made.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// The API refused.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// The answer does not have the API's form: another server answers at that address.
    #[error("the answer ({status}) is not one of this API")]
    NotOurs {
        status: StatusCode,
        /// Seconds after which the call may be repeated.
        retry_after: Option<u64>,
    },
}

/// The innermost cause of an error of HTTP: those around it are the layers of the library that it passed.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct RootCause(String);

impl RootCause {
    fn of(error: &HttpError) -> Self {
        let causes = successors(error.source(), |cause| (*cause).source());
        Self(causes.last().map(ToString::to_string).unwrap_or_default())
    }
}

impl ClientError {
    /// Whether the request certainly had no effect: it was refused for its content, stopped, or could not be sent.
    pub fn is_definite(&self) -> bool {
        match self {
            Self::NotAUrl(_) | Self::NotEncrypted(_) | Self::Tls(_) => true,
            Self::Refused(refusal) if refusal.is_stop() => true,
            // A conflict may be with the same request, which is still being carried out.
            Self::Refused(refusal) => {
                refusal.status.is_client_error() && refusal.status != StatusCode::CONFLICT
            }
            Self::Http { .. } | Self::NotOurs { .. } => false,
        }
    }

    /// A copy whose fields have the names that a person typed.
    pub fn with_fields_named(self, names: &[(&str, &str)]) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(Box::new(refusal.with_fields_named(names))),
            error => error,
        }
    }
}

/// A connection to the API as one organisation.
#[derive(Clone, Debug)]
pub struct Client {
    http: HttpClient,
    base_url: String,
    authorization: HeaderValue,
    mode: KeyMode,
}

/// A change of a campaign's state by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CampaignStep {
    Pause,
    Resume,
    Cancel,
}

impl CampaignStep {
    const fn path(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Cancel => "cancel",
        }
    }
}

/// A request's body.
enum Body {
    None,
    Json(Value),
    /// JSON whose effect must not be repeated.
    Named(String, IdempotencyKey),
    Csv(Bytes),
}

impl Client {
    /// A client of the API at `base_url`, with or without `/v1` at its end.
    ///
    /// # Errors
    /// If it is not a URL, or TLS cannot be set up.
    pub fn new(base_url: &str, key: &ApiKey) -> Result<Self, ClientError> {
        let not_a_url = || ClientError::NotAUrl(base_url.to_owned());
        let url: http::Uri = base_url.parse().map_err(|_| not_a_url())?;
        // The machine's roots take milliseconds to read, and plain HTTP does not need them.
        let roots = match (url.scheme_str(), url.host()) {
            (Some("https"), _) => Roots::Native,
            (Some("http"), Some("localhost" | "127.0.0.1" | "[::1]")) => Roots::Amazon,
            (Some("http"), Some(_)) => return Err(ClientError::NotEncrypted(base_url.to_owned())),
            _ => return Err(not_a_url()),
        };
        let authorization = HeaderValue::from_str(&format!("Bearer {}", key.reveal()));
        let mut authorization = authorization.map_err(|_| not_a_url())?;
        authorization.set_sensitive(true);
        let http = HttpClient::new(roots)?;
        Ok(Self { http, base_url: base(base_url), authorization, mode: key.mode() })
    }

    pub const fn mode(&self) -> KeyMode {
        self.mode
    }

    /// The address of the API, without a final slash and without `/v1`.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A client with the same key for another address of the API.
    pub fn at(&self, base_url: &str) -> Self {
        Self { base_url: base(base_url), ..self.clone() }
    }

    /// Every address book.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn address_books(&self) -> Result<Vec<AddressBook>, ClientError> {
        let mut books = Vec::new();
        let mut page = 1;
        loop {
            let path = format!("/v1/address-books/?page={page}&page_size=500");
            let answer: Page<AddressBook> = self.read(Method::GET, &path, Body::None).await?;
            books.extend(answer.results);
            if page >= answer.total_pages {
                return Ok(books);
            }
            page += 1;
        }
    }

    /// Makes an address book.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn create_book(&self, name: &str, description: &str) -> Result<AddressBook, ClientError> {
        let body = json!({ "name": name, "description": description });
        self.read(Method::POST, "/v1/address-books/", Body::Json(body)).await
    }

    /// Adds or updates the contacts of a CSV file, at most 5 MB, into a book.
    ///
    /// # Errors
    /// Those of a call. Repeating it does no harm.
    pub async fn import(&self, book: BookId, csv: Bytes) -> Result<ImportSummary, ClientError> {
        self.import_read_as(book, csv, "").await
    }

    /// Imports with a query that says how the file is read; it begins with `?` or is empty.
    ///
    /// # Errors
    /// Those of [`Self::import`].
    pub async fn import_read_as(
        &self,
        book: BookId,
        csv: Bytes,
        query: &str,
    ) -> Result<ImportSummary, ClientError> {
        let path = format!("/v1/address-books/{book}/contacts/{query}");
        self.read(Method::POST, &path, Body::Csv(csv)).await
    }

    /// Sends a campaign; `request` is the API's body. With the same key it is sent once.
    ///
    /// # Errors
    /// Those of a call. If no answer came, the campaign may still have been accepted.
    pub async fn send(&self, request: &Value, key: &IdempotencyKey) -> Result<SendAnswer, ClientError> {
        self.read(Method::POST, "/v1/sms/send-group/", Body::Named(request.to_string(), key.clone())).await
    }

    /// The estimate of a send; `request` asks for a `dry_run`.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn estimate(&self, request: Value) -> Result<SendAnswer, ClientError> {
        self.read(Method::POST, "/v1/sms/send-group/", Body::Json(request)).await
    }

    /// The status of a campaign.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn status(&self, campaign: CampaignId) -> Result<CampaignStatus, ClientError> {
        self.read(Method::GET, &format!("/v1/sms/campaigns/{campaign}/"), Body::None).await
    }

    /// Takes a step with a campaign.
    ///
    /// # Errors
    /// Those of a call; a refusal if its state does not allow the step.
    pub async fn steer(
        &self,
        campaign: CampaignId,
        step: CampaignStep,
    ) -> Result<CampaignStatus, ClientError> {
        let path = format!("/v1/sms/campaigns/{campaign}/{}/", step.path());
        self.read(Method::POST, &path, Body::None).await
    }

    /// The answer to a path with its query.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.read(Method::GET, path, Body::None).await
    }

    /// The newest campaigns.
    ///
    /// # Errors
    /// Those of a call.
    pub async fn newest_campaigns(&self) -> Result<Page<ListedCampaign>, ClientError> {
        self.read(Method::GET, "/v1/sms/campaigns/?page_size=1", Body::None).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<T, ClientError> {
        let answer = self.call(method, path, body).await?;
        let (status, retry_after) = (answer.status(), retry_after(&answer));
        if !status.is_success() {
            return Err(refused(&answer));
        }
        serde_json::from_slice(answer.body()).map_err(|_| ClientError::NotOurs { status, retry_after })
    }

    async fn call(&self, method: Method, path: &str, body: Body) -> Result<Response<Bytes>, ClientError> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base_url))
            .header(header::AUTHORIZATION, self.authorization.clone());
        let request = match body {
            Body::None => request.body(Bytes::new()),
            Body::Json(value) => {
                request.header(header::CONTENT_TYPE, "application/json").body(value.to_string().into())
            }
            Body::Named(json, key) => request
                .header(header::CONTENT_TYPE, "application/json")
                .header("idempotency-key", key.as_str())
                .body(json.into()),
            Body::Csv(csv) => request.header(header::CONTENT_TYPE, "text/csv; charset=utf-8").body(csv),
        };
        let request = request.map_err(|_| ClientError::NotAUrl(self.base_url.clone()))?;
        self.http.send(request, TIMEOUT).await.map_err(|error| {
            let (url, cause) = (self.base_url.clone(), RootCause::of(&error));
            ClientError::Http { url, error, cause }
        })
    }
}

fn base(url: &str) -> String {
    let url = url.trim_end_matches('/');
    url.strip_suffix("/v1").unwrap_or(url).to_owned()
}

fn refused(answer: &Response<Bytes>) -> ClientError {
    let (status, retry_after) = (answer.status(), retry_after(answer));
    match Refusal::read(status, retry_after, answer.body()) {
        Some(refusal) => ClientError::Refused(Box::new(refusal)),
        None => ClientError::NotOurs { status, retry_after },
    }
}

fn retry_after(answer: &Response<Bytes>) -> Option<u64> {
    answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
}
