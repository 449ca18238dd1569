//! The configuration of a stack.

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

/// Where the embedded emulators store their state.
#[derive(Clone, Debug)]
pub enum State {
    Memory,
    /// State in a folder that this process has locked.
    Folder(Arc<DataFolder>),
}

/// How the functions run.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Functions in this process: no time limits, no processes to kill, and the stack's own clock.
    InProcess {
        /// The size of batches; child processes use that of deployed functions.
        batch_recipients: BatchSize,
    },
    /// Functions as child processes with a Runtime API each, by the machine's clock.
    Children {
        /// The program that runs a function when it is called with `function NAME`.
        program: PathBuf,
        /// The destination of their logs.
        output: Output,
    },
}

/// The configuration of a stack. No `Debug`: the variables may have keys.
#[derive(Clone)]
pub struct StackConfig {
    /// The address of the HTTP server.
    pub address: SocketAddr,
    /// The emulators' state.
    pub state: State,
    pub mode: Mode,
    /// The time, for functions in this process and for the sandbox.
    pub clock: Clock,
    /// Begins the names of the tables and queues, so that several stacks can share an emulator.
    pub prefix: String,
    pub provider: &'static Kind,
    /// Further variables for the functions, such as `AFRICASTALKING_API_KEY`; they replace the stack's.
    pub variables: BTreeMap<String, String>,
    /// The environment that may name other DynamoDB and SQS endpoints than the embedded ones, with their region and
    /// credentials: `AWS_ENDPOINT_URL_DYNAMODB`, `AWS_ENDPOINT_URL_SQS`, `AWS_ENDPOINT_URL`.
    pub environment: fn(&str) -> Option<String>,
    /// For tests with embedded emulators and functions in this process: a proxy between functions and emulators.
    pub between: Option<Between>,
}

/// Makes the proxy for the given emulators.
pub type Between = Arc<dyn Fn(&DynamoDb, &Sqs) -> Interposed + Send + Sync>;

/// How functions reach the proxy between them and the emulators.
#[derive(Debug)]
pub struct Interposed {
    /// The address; the function's name is added to it as a path.
    pub base_url: String,
    /// The client for calls to it.
    pub http: HttpClient,
}

impl StackConfig {
    /// For tests: in memory, in this process, at any port. Its names are unique, so that several stacks can share an
    /// emulator that the environment names.
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
