//! Reads a customer's campaigns at one instant: without faults, and while nothing else runs.

use std::{cell::Cell, fmt, sync::Arc};

use api::Api;
use aws_sdk_dynamodb::config::Builder;
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn},
    orchestrator::HttpRequest,
};
use http::Request;
use lambda_http::Body;
use platform::aws::AwsSettings;
use serde_json::Value;
use stores::{DynamoDb, Stores, TableNames};
use tests::{
    agreement::disagreement,
    tables::{Tables, operation, response},
};
use tower::Service;
use web::Backend;

use crate::{chance::Chance, customers::Customer, system::System};

/// The time between two comparisons.
const SECONDS: (u64, u64) = (30, 120);

/// A connection that answers at once.
struct AtOnce(Arc<Tables>);

impl fmt::Debug for AtOnce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AtOnce")
    }
}

impl HttpConnector for AtOnce {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        HttpConnectorFuture::ready(Ok(response(self.0.apply(operation(&request), body))))
    }
}

/// Tables that answer at once.
pub fn stores(tables: Arc<Tables>, names: &TableNames) -> Stores {
    let connector = SharedHttpConnector::new(AtOnce(tables));
    let client = http_client_fn(move |_, _| connector.clone());
    let config = AwsSettings::emulator("http://tables").connection(client);
    Stores::new(&DynamoDb::configured(Builder::from(&config)), names)
}

/// The API over tables that answer at once.
pub fn api(of: &Api, stores: Stores) -> Api {
    Api { backend: Backend { stores, ..of.backend.clone() }, ..of.clone() }
}

/// Compares the answers about a random campaign under way now and then, until everything has ended.
pub async fn keep_comparing(
    system: &System,
    customers: &[Customer],
    over: &Cell<bool>,
) -> Result<(), String> {
    let mut chance = Chance::of(system.shape.seed, "observer");
    while !over.get() {
        system.time.pass(chance.secs(SECONDS.0, SECONDS.1)).await;
        let customer = &customers[chance.below(customers.len() as u64) as usize];
        let list = shown(system, customer, "/v1/sms/campaigns/?page_size=500").await;
        let under_way = list["results"].as_array().unwrap().iter().filter(|it| it["finished_at"].is_null());
        let campaigns: Vec<u64> = under_way.map(|it| it["campaign_id"].as_u64().unwrap()).collect();
        if !campaigns.is_empty() {
            compare(system, customer, chance.one_of(&campaigns)).await?;
        }
    }
    Ok(())
}

async fn compare(system: &System, customer: &Customer, campaign: u64) -> Result<(), String> {
    let found = disagreement(campaign, async |path| shown(system, customer, &path).await).await;
    let at = system.time.elapsed();
    found.map_or(Ok(()), |found| Err(format!("campaign {campaign} of {} at {at:?}: {found}", customer.id)))
}

async fn shown(system: &System, customer: &Customer, path: &str) -> Value {
    let mut service = web::service(system.observer.clone());
    let request = Request::get(format!("http://sms.example{path}"));
    let request = request.header("authorization", format!("Bearer {}", customer.key.reveal()));
    let response = service.call(request.body(Body::Empty).unwrap()).await.unwrap();
    assert_eq!(response.status().as_u16(), 200, "{path}");
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}
