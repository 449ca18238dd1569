//! A stack: its start, its handles, its stop.

use std::{collections::BTreeMap, sync::Arc};

use ::queue::Queues;
use domain::lane::Lane;
use embedded_aws::{AccessKey, Depth, DynamoDb, NoRandomness, Sqs};
use lambda_emulator::{event_source::EventSource, schedule::Schedule};
use platform::{
    aws::AwsSettings,
    clock::Clock,
    environment::Environment,
    http::{HttpClient, Roots},
};
use provider_emulators::sandbox;
use stores::{Stores, TableNames};

use super::{
    config::StackConfig,
    endpoints::{Endpoints, sqs_client},
    error::StackError,
    front::{FrontTask, listen, routes},
    functions::{FunctionName, Functions, Parts},
    queues::{QueueName, QueueSet},
    sandbox as sandbox_pages,
    schedule::schedule,
    variables,
};

/// A system that does nothing until it is asked to. Dropping it ends it at once.
pub struct Stack {
    base_url: String,
    key: AccessKey,
    clock: Clock,
    variables: BTreeMap<String, String>,
    http: HttpClient,
    stores: Stores,
    queues: Queues,
    queue_set: QueueSet,
    pub(super) sandbox: sandbox::Server,
    functions: Functions,
    /// An event source for each lane.
    pub(super) batches: Vec<Arc<EventSource>>,
    pub(super) receipts: Arc<EventSource>,
    pub(super) aws_events: Arc<EventSource>,
    pub(super) schedule: Arc<Schedule>,
    front: FrontTask,
    // Dropped last, because the other parts call it.
    endpoints: Endpoints,
}

impl Stack {
    /// Starts a system: when this returns, the HTTP server answers.
    ///
    /// # Errors
    /// If a port, the state, the given emulators or the provider's configuration cannot be used.
    pub async fn start(config: StackConfig) -> Result<Self, StackError> {
        let listener = listen(config.address).await?;
        let address = listener.local_addr().map_err(|source| StackError::listen(config.address, source))?;
        let base_url = format!("http://{address}");
        let http = HttpClient::new(Roots::Amazon)?;
        let key = AccessKey::draw()?;
        let endpoints = Endpoints::start(&config, &key)?;
        let secret = callback_secret()?;

        let mut variables = variables::connection(&endpoints, &config);
        let tables = TableNames::with_prefix(&config.prefix);
        let sqs = sqs_client(&variables, &http)?;
        let (created, queue_set) = tokio::join!(
            create_tables(&variables, &http, &tables),
            QueueSet::create(sqs.clone(), &config.prefix)
        );
        created?;
        let queue_set = queue_set?;
        let sandbox_url = sandbox_pages::url(&base_url, &key);
        let own = variables::of_functions(&config, &tables, &queue_set, &base_url, &sandbox_url, &secret);
        variables.extend(own);

        let (stores, queues) = adapters(&variables, &http)?;
        let between = config.between.as_ref().zip(endpoints.embedded());
        let between = between.map(|(between, (dynamodb, sqs))| between(dynamodb, sqs));
        let connect = |function: FunctionName| match &between {
            Some(reached) => {
                let url = format!("{}/{function}", reached.base_url);
                adapters(&variables::reached_at(&url, &variables), &reached.http)
            }
            None => Ok((stores.clone(), queues.clone())),
        };
        let sandbox = sandbox::Server::new(config.clock.clone())?;
        sandbox.report_to(receipts_target(&base_url, &secret)?);
        let parts = Parts { connect: &connect, clock: &config.clock, http: &http };
        let functions = Functions::start(&config, &variables, parts)?;
        let pages = sandbox_pages::pages(&sandbox, &key, stores.clone(), config.clock.clone());
        let front = FrontTask::start(listener, routes(&functions), pages);
        Ok(Self {
            batches: Lane::ALL
                .into_iter()
                .map(|lane| queue_set.event_source(QueueName::Batches(lane), &sqs, functions.dispatch()))
                .map(|source| source.map(Arc::new))
                .collect::<Result<_, _>>()?,
            receipts: Arc::new(queue_set.event_source(QueueName::Receipts, &sqs, functions.receipts())?),
            aws_events: Arc::new(queue_set.event_source(QueueName::AwsEvents, &sqs, functions.receipts())?),
            schedule: Arc::new(schedule(&variables, functions.clock())),
            base_url,
            key,
            clock: config.clock,
            variables,
            http,
            stores,
            queues,
            queue_set,
            sandbox,
            functions,
            front,
            endpoints,
        })
    }

    /// For tests: a system in memory with its functions in this process. It does nothing until it is asked to, and uses
    /// `clock`.
    ///
    /// # Errors
    /// Those of [`Self::start`].
    pub async fn in_memory(clock: Clock) -> Result<Self, StackError> {
        Self::start(StackConfig::in_memory(clock)).await
    }

    /// The HTTP server's address, without a final slash.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The key of this start: it opens the sandbox, and signs calls to the embedded tables and queues.
    pub fn key(&self) -> &AccessKey {
        &self.key
    }

    /// The base of the sandbox's addresses, which holds the key.
    pub fn sandbox_url(&self) -> String {
        sandbox_pages::url(&self.base_url, &self.key)
    }

    /// The clock that the functions in this process go by, and the sandbox.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The functions' environment.
    pub fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    /// The connections that this process's own clients share.
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// The queues, as the functions use them.
    pub fn queues(&self) -> &Queues {
        &self.queues
    }

    /// The provider, with its inbox.
    pub fn sandbox(&self) -> &sandbox::Server {
        &self.sandbox
    }

    /// Puts events of texts into the queue that AWS's topic puts them into.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn put_aws_events(&self, events: Vec<String>) -> Result<(), StackError> {
        self.queue_set.put(QueueName::AwsEvents, events).await
    }

    /// The functions, to be invoked directly, or killed.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    /// The embedded DynamoDB; `None` if the environment names another.
    pub fn dynamodb(&self) -> Option<&DynamoDb> {
        self.endpoints.dynamodb()
    }

    /// The embedded SQS, with its faults; `None` if the environment names another.
    pub fn sqs(&self) -> Option<&Sqs> {
        self.endpoints.sqs()
    }

    /// How many messages a queue has: exact for the embedded one, approximate elsewhere.
    ///
    /// # Errors
    /// If SQS does not answer.
    pub async fn depth(&self, queue: QueueName) -> Result<Depth, StackError> {
        match self.embedded_depth(queue) {
            Some(depth) => Ok(depth),
            None => self.queue_set.depth(queue).await,
        }
    }

    /// The depth of a queue, without a request; `None` if SQS is not embedded.
    pub(super) fn embedded_depth(&self, queue: QueueName) -> Option<Depth> {
        self.sqs()?.queues().queue_depth(self.queue_set.name(queue)).ok()
    }

    /// Stops it: the HTTP server after its requests under way, then the functions, then the emulators.
    pub async fn stop(self) {
        let Self { front, functions, endpoints, .. } = self;
        front.stop().await;
        functions.stop().await;
        endpoints.stop().await;
    }
}

async fn create_tables(
    variables: &BTreeMap<String, String>,
    http: &HttpClient,
    names: &TableNames,
) -> Result<(), StackError> {
    let lookup = |name: &str| variables.get(name).cloned();
    let mut environment = Environment::new(&lookup);
    let settings = AwsSettings::read(&mut environment, stores::SERVICE);
    let settings = environment.finish(Some(settings))?;
    Ok(stores::schema::create(&stores::DynamoDb::connect(&settings, http), names).await?)
}

/// The adapters as a function makes them: of its environment.
fn adapters(variables: &BTreeMap<String, String>, http: &HttpClient) -> Result<(Stores, Queues), StackError> {
    let lookup = |name: &str| variables.get(name).cloned();
    let mut environment = Environment::new(&lookup);
    let adapters = (Stores::read(&mut environment, http), Queues::read(&mut environment, http));
    Ok(environment.finish(Some(adapters))?)
}

/// A new secret for each start, because the sandbox loses its reports at a stop.
fn callback_secret() -> Result<String, StackError> {
    let random = platform::random::bytes::<16>().map_err(|_| NoRandomness)?;
    Ok(hex::encode(random))
}

fn receipts_target(base_url: &str, secret: &str) -> Result<sandbox::ReceiptsTarget, StackError> {
    let base = || StackError::BaseUrl(base_url.to_owned());
    let url = format!("{base_url}/v1/providers/sandbox/receipts/").parse().map_err(|_| base())?;
    Ok(sandbox::ReceiptsTarget { url, secret: secret.parse().map_err(|_| NoRandomness)? })
}
