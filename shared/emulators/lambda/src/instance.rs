//! One instance of a function: a child process and its Runtime API.
//!
//! Owned by a function's pool, which lends it to one invocation at a time.

use std::{collections::BTreeMap, num::NonZeroUsize, path::PathBuf, process::Stdio, time::Duration};

use bytes::Bytes;
use tokio::{process::Command, time::timeout};

use crate::{
    child::ChildProcess,
    invoke::InvokeError,
    limits::LOCAL_ACCOUNT,
    output::Output,
    runtime_api::{Fault, RuntimeApi, Ticket},
};

/// The region in a function's environment if none is set.
const DEFAULT_REGION: &str = "us-east-1";

/// How long an instance may take from its start, or from its last answer, to its next request for
/// an invocation: Lambda's limit for the init phase.
const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The memory size in a function's environment. The host sets no limit.
const MEMORY_MB: &str = "256";

/// The configuration of a function, as in its resource of the template.
#[derive(Clone)]
pub struct FunctionConfig {
    /// The function's name, in its ARN, its environment and its log lines.
    pub name: String,
    /// The program that each instance runs.
    pub program: PathBuf,
    /// The program's arguments.
    pub args: Vec<String>,
    /// All of the child's environment besides Lambda's own variables: nothing is inherited.
    pub env: BTreeMap<String, String>,
    /// How long one invocation may take before its instance is killed.
    pub timeout: Duration,
    /// How many instances may run at once.
    pub max_concurrency: NonZeroUsize,
    /// Where the children's standard output and standard error go.
    pub output: Output,
}

impl FunctionConfig {
    fn region(&self) -> &str {
        self.env.get("AWS_REGION").map_or(DEFAULT_REGION, String::as_str)
    }
}

/// How an invocation ended, by the state of the instance.
pub(super) enum Outcome {
    /// The runtime answered: the instance can serve again.
    Answered(Result<Bytes, Fault>),
    /// The instance has ended, and the invocation failed with it.
    Ended(InvokeError),
    /// The instance ended while idle, before it took the invocation: another instance may take it.
    NeverTaken,
}

/// A running instance; dropped, its process is terminated.
pub(super) struct Instance {
    api: RuntimeApi,
    child: ChildProcess,
    has_served: bool,
}

impl Instance {
    /// Starts a child and its Runtime API.
    pub(super) async fn start(config: &FunctionConfig) -> Result<Self, InvokeError> {
        let api = RuntimeApi::start(function_arn(config)).await.map_err(InvokeError::NotStarted)?;
        let mut command = command(config, &api).map_err(InvokeError::NotStarted)?;
        let child = ChildProcess::start(&mut command, |child| {
            config.output.forward(&config.name, child.stdout.take());
            config.output.forward(&config.name, child.stderr.take());
        })
        .map_err(InvokeError::NotStarted)?;
        Ok(Self { api, child, has_served: false })
    }

    /// The process, for an owner that may have to end it.
    pub(super) fn child(&self) -> &ChildProcess {
        &self.child
    }

    /// Runs one invocation; the limit counts from when the runtime takes it.
    pub(super) async fn invoke(&mut self, payload: Bytes, time_limit: Duration) -> Outcome {
        let Ticket { taken, answer } = self.api.submit(payload, time_limit);
        tokio::select! {
            biased;
            taken = timeout(INIT_LIMIT, taken) => if taken.is_err() { return self.time_out(INIT_LIMIT).await },
            status = self.child.end() => return self.died_before_taking(status),
        }
        self.has_served = true;
        // Biased: a runtime that answers and then ends has answered.
        tokio::select! {
            biased;
            answered = timeout(time_limit, answer) => match answered {
                Ok(Ok(answer)) => Outcome::Answered(answer),
                Ok(Err(_)) => Outcome::Ended(InvokeError::Stopped),
                Err(_) => self.time_out(time_limit).await,
            },
            status = self.child.end() => Outcome::Ended(InvokeError::Crashed { status }),
        }
    }

    /// Kills the child, and returns once it can do no more harm.
    async fn time_out(&self, after: Duration) -> Outcome {
        self.child.kill();
        self.child.end().await;
        Outcome::Ended(InvokeError::TimedOut { after })
    }

    fn died_before_taking(&self, status: String) -> Outcome {
        match self.api.init_fault() {
            Some(fault) => Outcome::Ended(fault.into()),
            None if self.has_served => Outcome::NeverTaken,
            None => Outcome::Ended(InvokeError::Crashed { status }),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.child.terminate();
    }
}

impl From<Fault> for InvokeError {
    fn from(fault: Fault) -> Self {
        Self::FunctionError { error_type: fault.error_type, message: fault.error_message }
    }
}

/// The child gets Lambda's variables and the caller's, and nothing of the host's own environment, because a function
/// must not depend on the developer's variables.
fn command(config: &FunctionConfig, api: &RuntimeApi) -> std::io::Result<Command> {
    let mut command = Command::new(&config.program);
    command
        .args(&config.args)
        .env_clear()
        .env("AWS_REGION", config.region())
        .env("AWS_DEFAULT_REGION", config.region())
        .env("AWS_LAMBDA_FUNCTION_NAME", &config.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", MEMORY_MB)
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", config.name))
        .env("AWS_LAMBDA_LOG_STREAM_NAME", api.port().to_string())
        .envs(&config.env)
        .env("AWS_LAMBDA_RUNTIME_API", api.url())
        .stdin(Stdio::piped())
        .stdout(config.output.stdio()?)
        .stderr(config.output.stdio()?);
    // A process group of its own, because a terminal sends Ctrl-C to the whole group of the program in front: the host
    // ends its children itself, after their work.
    #[cfg(unix)]
    command.process_group(0);
    Ok(command)
}

fn function_arn(config: &FunctionConfig) -> String {
    format!("arn:aws:lambda:{}:{LOCAL_ACCOUNT}:function:{}", config.region(), config.name)
}
