//! API Gateway → validate, price, resolve, reserve, write, fan out; tracking and account.
//!
//! The accept is the whole promise in one function: [`send`]. What follows a campaign is in
//! [`campaigns`], what it costs in [`account`].
//!
//! **Architecture invariant.** Nothing here calls an SMS provider or knows phone-number metadata.

mod account;
mod campaigns;
mod networks;
mod send;

use axum::{
    Router,
    routing::{get, post},
};
use domain::{batch::BatchSize, pacing::Pace};
use platform::{
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use queue::Queues;
use stores::campaigns::CampaignHeader;
use web::Edge;

/// What the function works with.
#[derive(Clone, Debug)]
pub struct Api {
    /// Tables, time, authentication.
    pub edge: Edge,
    /// Where batches are asked for.
    pub queues: Queues,
    /// The provider account's rate, where it has one: for the estimate of a dry run.
    pub pace: Option<Pace>,
    /// How campaigns are split: into full batches, wherever it is deployed.
    pub batch_recipients: BatchSize,
}

impl Api {
    /// Of the process's own environment.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let pace = platform::pace::read(&mut environment);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let api = http.map(|http| Self {
            edge: Edge::read(&mut environment, &http),
            queues: Queues::read(&mut environment, &http),
            pace,
            batch_recipients: BatchSize::FULL,
        });
        environment.finish(api)
    }

    /// Asks for every batch of a campaign: those that are closed already are no work. The campaign stands
    /// in the tables: where the queue does not answer, the clock asks.
    async fn ask_for_batches(&self, header: &CampaignHeader) {
        let batches = 0..header.batches();
        if let Err(error) = self.queues.enqueue_batches(header.key(), batches).await {
            tracing::error!(%error, campaign.id = header.campaign.get(), "the clock will enqueue this campaign");
        }
    }

    /// Opens the connection to the tables while the cold start's full CPU lasts: every request needs it. Only
    /// a send needs the queue, and its first one opens that. Where priming fails the first request will say
    /// so.
    pub async fn prime(&self) {
        if let Err(error) = self.edge.stores.accounts.reachable().await {
            tracing::warn!(%error, "the connection to the tables could not be primed");
        }
    }

    /// Every path of this function, without its final slash.
    pub fn routes(&self) -> Router {
        let authenticated = Router::new()
            .route("/v1", get(account::root))
            .route("/v1/balance", get(account::balance))
            .route("/v1/wallet/entries", get(account::entries))
            .route("/v1/sms/send-group", post(send::send_group))
            .merge(campaigns::routes());
        self.edge
            .authenticated(authenticated)
            .route("/v1/health", get(account::health))
            .with_state(self.clone())
    }
}

/// Runs the function until Lambda ends it.
pub async fn run() -> Result<(), lambda_http::Error> {
    platform::telemetry::start();
    let api = Api::from_process()?;
    api.prime().await;
    lambda_http::run(web::edge::service(api.routes())).await
}
