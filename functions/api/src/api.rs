//! The state of the function: stores, queues and settings.

use std::sync::Arc;

use axum::extract::FromRef;
use domain::{batch::BatchSize, campaign::deadlines::Retention, ids::AccountName, pacing::Pace};
use platform::{
    environment::{Environment, EnvironmentError},
    http::{HttpClient, Roots},
};
use queue::Queues;
use stores::campaigns::CampaignHeader;
use web::Backend;

use crate::last_look::LastLook;

/// The tables, the queues, and how campaigns are split.
#[derive(Clone, Debug)]
pub struct Api {
    /// Tables and time.
    pub backend: Backend,
    pub queues: Queues,
    /// The account that `PROVIDER` names, which numbers without a route go to.
    pub account: AccountName,
    /// The account's rate by the deployment's parameters, if it has one: for the estimate of a dry run.
    pub pace: Option<Pace>,
    /// The size of batches: full batches in every deployment, smaller ones in tests.
    pub batch_recipients: BatchSize,
    pub retention: Retention,
    /// The last result of the health check.
    pub last_look: Arc<LastLook>,
}

impl Api {
    /// Reads the process's environment.
    pub fn from_process() -> Result<Self, EnvironmentError> {
        let mut environment = Environment::new(&platform::environment::process);
        let pace = platform::pace::read(&mut environment);
        let retention = environment.parsed("RETENTION_DAYS", Some(Retention::default()));
        let provider = environment.parsed::<AccountName>("PROVIDER", None);
        let http = environment.noted(HttpClient::new(Roots::Amazon));
        let api = http.zip(provider.zip(retention)).map(|(http, (provider, retention))| Self {
            backend: Backend::read(&mut environment, &http),
            queues: Queues::read(&mut environment, &http),
            pace,
            account: provider,
            batch_recipients: BatchSize::FULL,
            retention,
            last_look: Arc::default(),
        });
        environment.finish(api)
    }

    /// Enqueues every batch of a campaign; workers skip those that are closed already. If the queue does not answer,
    /// the clock enqueues them, since the campaign is stored.
    pub(crate) async fn ask_for_batches(&self, header: &CampaignHeader) {
        let batches = 0..header.batches();
        if let Err(error) = self.queues.enqueue_batches(header.key, header.lane(), batches).await {
            tracing::error!(%error, "the clock will enqueue this campaign");
        }
    }

    /// Reads the routes, which opens the connection to the tables, while the cold start's full CPU lasts: every request
    /// needs the connection, and the first send would open one more for the routes. Only a send needs the queue, and its
    /// first one opens that. If priming fails, the first request reports it.
    pub async fn prime(&self) {
        let Backend { stores, clock, .. } = &self.backend;
        if let Err(error) = stores.accounts.routing.current(clock).await {
            tracing::warn!(%error, "the connection to the tables could not be opened at the start");
        }
    }
}

impl FromRef<Api> for Backend {
    fn from_ref(api: &Api) -> Self {
        api.backend.clone()
    }
}
