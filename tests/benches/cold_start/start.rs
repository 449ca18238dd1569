//! Starts a bootstrap with a Runtime API, and measures it until it asks for one more event.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use super::{
    callgrind::{callgrind, counted},
    gate::Gate,
    handshake::Handshakes,
    runtime_api::RuntimeApi,
};
use crate::support::{deployment, measured_stack::MeasuredStack, process};

/// Runs of each kind: the first under valgrind, the median of the others for time.
pub const RUNS: usize = 6;

/// The measurements of one start, or of a part of it.
#[derive(Clone, Copy, Debug)]
pub struct Started {
    pub instructions: f64,
    /// User and system.
    pub processor_ms: f64,
    /// Opened to DynamoDB and SQS.
    pub connections: f64,
}

impl Started {
    /// The difference to an earlier moment.
    pub fn less(self, earlier: Self) -> Self {
        Self {
            instructions: self.instructions - earlier.instructions,
            processor_ms: self.processor_ms - earlier.processor_ms,
            connections: self.connections - earlier.connections,
        }
    }

    /// The costs divided by a number.
    pub fn divided(self, parts: f64) -> Self {
        Self {
            instructions: self.instructions / parts,
            processor_ms: self.processor_ms / parts,
            connections: self.connections / parts,
        }
    }

    /// The instructions with a handshake for each connection.
    pub fn with(self, handshakes: &Handshakes) -> f64 {
        self.instructions + self.connections * handshakes.full
    }
}

/// The input of one run.
pub struct Run {
    variables: BTreeMap<String, String>,
    events: Vec<Value>,
    gate: Gate,
}

impl Run {
    /// Events for a function on the bench's tables and queues, behind a gate. The function has the queues that it is
    /// deployed with: it opens a connection to each.
    pub fn of(bench: &MeasuredStack, deployed: &str, events: Vec<Value>) -> Self {
        let (gate, mut variables) = (Gate::default(), bench.stack.variables().clone());
        let known = deployment::variables(deployed);
        variables.retain(|name, _| !name.ends_with("_QUEUE_URL") || known.contains(name));
        for (name, value) in
            [("AWS_LAMBDA_FUNCTION_NAME", "bench"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")]
        {
            variables.insert(name.to_owned(), value.to_owned());
        }
        variables.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned());
        for service in ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"] {
            let upstream = variables.get(service).expect("an emulator's address");
            let upstream = upstream.trim_start_matches("http://").trim_end_matches('/').to_owned();
            variables.insert(service.to_owned(), format!("http://{}", gate.open(upstream)));
        }
        Self { variables, events, gate }
    }
}

/// The results of all runs.
pub struct Ran {
    /// Instructions of the first, the median of the others' time.
    pub started: Started,
    /// Peak memory of the last start.
    pub peak_bytes: u64,
}

/// A function's bootstrap binary.
pub struct Start {
    pub program: PathBuf,
}

impl Start {
    /// Runs it under valgrind first, then by itself.
    pub fn run_all(&self, runs: Vec<Run>) -> Ran {
        let mut runs = runs.into_iter();
        let instructions = self.instructions(&runs.next().expect("a run"));
        let (mut times, mut connections, mut peak_bytes) = (Vec::new(), 0.0, 0);
        for run in runs {
            let child = run.serve(Command::new(&self.program).env_clear());
            times.push(process::processor_time(child.id()).as_secs_f64() * 1e3);
            peak_bytes = process::peak_memory_bytes(child.id());
            connections = run.gate.connections() as f64;
            end(child);
        }
        times.sort_unstable_by(f64::total_cmp);
        let processor_ms = times[times.len() / 2];
        Ran { started: Started { instructions, processor_ms, connections }, peak_bytes }
    }

    fn instructions(&self, run: &Run) -> f64 {
        let profile = std::env::temp_dir().join(format!("callgrind.{}", std::process::id()));
        let mut command = callgrind(&profile);
        let path = std::env::var_os("PATH").unwrap_or_default();
        end(run.serve(command.arg(&self.program).env_clear().env("PATH", path)));
        counted(&profile)
    }
}

impl Run {
    /// Starts a bootstrap and returns when it asks for one invocation more than it gets.
    fn serve(&self, command: &mut Command) -> Child {
        let api = RuntimeApi::start(self.events.iter().map(Value::to_string).collect());
        let child = command
            .envs(&self.variables)
            .env("AWS_LAMBDA_RUNTIME_API", api.address())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the bootstrap starts");
        api.wait();
        child
    }
}

/// Ends a process as Lambda does, so that valgrind can still write.
fn end(mut child: Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there").success());
    child.wait().expect("a child of ours");
}

/// Size as in Lambda's packages: deflated. (`gzip` has the same bytes and a header of 18.)
pub fn zipped_bytes(program: &Path) -> usize {
    let output = Command::new("gzip").args(["-9", "-c"]).arg(program).output().expect("gzip is there");
    output.stdout.len()
}
