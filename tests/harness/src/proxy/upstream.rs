//! The emulators behind the proxy.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use embedded_aws::{DynamoDb, Sqs};
use http::{Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use super::{
    answer::{self, Response},
    broken::Broken,
    call::{Received, Service},
};
use crate::tables::Tables;

/// Connections to both emulators: to the tables without a second connection, because most calls go to them.
pub(super) struct Upstream {
    client: Client<HttpConnector, Full<Bytes>>,
    emulators: Mutex<Option<Emulators>>,
}

#[derive(Clone)]
struct Emulators {
    tables: Tables,
    sqs: String,
}

impl Default for Upstream {
    fn default() -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, emulators: Mutex::default() }
    }
}

impl Upstream {
    pub(super) fn set(&self, dynamodb: &DynamoDb, sqs: &Sqs) {
        let tables = Tables::of(dynamodb.database().clone());
        let emulators = Emulators { tables, sqs: sqs.endpoint().to_owned() };
        *self.emulators.lock().unwrap_or_else(PoisonError::into_inner) = Some(emulators);
    }

    /// Passes a request on, and its answer back.
    pub(super) async fn forward(&self, received: &Received) -> Result<Response, Broken> {
        let emulators = self.emulators.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Emulators { tables, sqs } = emulators.ok_or(Broken)?;
        match received.service {
            Service::DynamoDb => {
                let (status, body) = tables.apply(&received.operation, &received.body);
                Ok(answer::json(StatusCode::from_u16(status).map_err(|_| Broken)?, body))
            }
            Service::Sqs => self.forward_to(&sqs, received).await,
        }
    }

    async fn forward_to(&self, endpoint: &str, received: &Received) -> Result<Response, Broken> {
        let mut request = Request::post(endpoint);
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
}
