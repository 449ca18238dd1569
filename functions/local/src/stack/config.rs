//! What a stack is started with.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};

use domain::batch::BatchSize;
use embedded_aws::{DataFolder, DynamoDb, Sqs};
use lambda_emulator::Output;
use platform::{clock::Clock, http::HttpClient};
use providers::{Kind, sandbox};
use uuid::Uuid;

/// Any free port of this machine.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where the embedded emulators keep their state.
#[derive(Clone, Debug)]
pub enum State {
    Memory,
    /// In a folder that this process has locked.
    Folder(Arc<DataFolder>),
}

/// How the functions run.
#[derive(Clone, Debug)]
pub enum Mode {
    /// In this process: no time limits, nothing to kill, the stack's own clock.
    InProcess {
        /// How campaigns are split; child processes split them as deployed functions do.
        batch_recipients: BatchSize,
    },
    /// As child processes, each behind a Runtime API, by the machine's clock.
    Children {
        /// The program that runs a function when it is called with `function NAME`.
        program: PathBuf,
        /// Where they write their logs.
        output: Output,
    },
}

/// What a stack is started with. No `Debug`: the variables may hold keys.
#[derive(Clone)]
pub struct StackConfig {
    /// Where the front listens.
    pub address: SocketAddr,
    /// The emulators' state.
    pub state: State,
    /// How functions run.
    pub mode: Mode,
    /// The time, for functions in this process and for the sandbox.
    pub clock: Clock,
    /// Begins the names of the tables and queues, so that several stacks can share an emulator.
    pub prefix: String,
    /// Who texts are handed to.
    pub provider: &'static Kind,
    /// More variables for the functions, such as `AFRICASTALKING_API_KEY`; they win over the stack's.
    pub variables: BTreeMap<String, String>,
    /// Where other DynamoDB and SQS endpoints than the embedded ones are looked up, with their region
    /// and credentials: `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL`.
    pub environment: fn(&str) -> Option<String>,
    /// For tests, with embedded emulators and functions in this process: what is put between functions and emulators.
    pub between: Option<Between>,
}

/// Given the emulators, how functions reach them.
pub type Between = Arc<dyn Fn(&DynamoDb, &Sqs) -> Interposed + Send + Sync>;

/// How functions reach what is put between them and the emulators.
#[derive(Debug)]
pub struct Interposed {
    /// The address; the function's name is added to it as a path.
    pub base_url: String,
    /// The client for calls to it.
    pub http: HttpClient,
}

impl StackConfig {
    /// In memory, in this process, at any port: a test's. Names no other stack has, so that it may
    /// meet others on an emulator that the environment names.
    pub fn in_memory(clock: Clock) -> Self {
        Self {
            address: ANY_PORT,
            state: State::Memory,
            mode: Mode::InProcess { batch_recipients: BatchSize::FULL },
            clock,
            prefix: format!("t{}-", Uuid::new_v4().simple()),
            provider: &sandbox::KIND,
            variables: BTreeMap::new(),
            environment: platform::environment::process,
            between: None,
        }
    }
}
