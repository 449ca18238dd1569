//! The emulators behind the proxy.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{Service, call::Received};

/// The connection is broken off.
#[derive(Debug)]
pub struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off by plan")
    }
}

impl std::error::Error for Broken {}

/// Both emulators.
pub(super) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    endpoints: Mutex<Endpoints>,
}

#[derive(Default)]
struct Endpoints {
    dynamodb: String,
    sqs: String,
}

impl Default for Upstream {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, endpoints: Mutex::default() }
    }
}

impl Upstream {
    pub(super) fn set(&self, dynamodb: &str, sqs: &str) {
        let endpoint = |url: &str| url.trim_end_matches('/').to_owned();
        let endpoints = Endpoints { dynamodb: endpoint(dynamodb), sqs: endpoint(sqs) };
        *self.endpoints.lock().unwrap_or_else(PoisonError::into_inner) = endpoints;
    }

    /// Passes a request on, and its answer back.
    pub(super) async fn forward(&self, received: &Received) -> Result<Response<Full<Bytes>>, Broken> {
        let mut request = Request::post(format!("{}/", self.endpoint(received.service)));
        for (name, value) in &received.headers {
            if *name != header::HOST && *name != header::CONTENT_LENGTH {
                request = request.header(name, value);
            }
        }
        let request = request.body(Full::new(received.body.clone())).map_err(|_| Broken)?;
        let response = self.client.request(request).await.map_err(|_| Broken)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Broken)?.to_bytes();
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    fn endpoint(&self, service: Service) -> String {
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        match service {
            Service::DynamoDb => endpoints.dynamodb.clone(),
            Service::Sqs => endpoints.sqs.clone(),
        }
    }
}
