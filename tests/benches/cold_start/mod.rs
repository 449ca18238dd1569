//! Cold starts of the real bootstraps: what happens until the first request for an invocation, in the
//! first invocation, and in a warm one.
//!
//! Counted in instructions (user space, `valgrind --tool=callgrind`), which no load on the machine
//! changes. The emulators speak plain HTTP: the TLS handshake that a function makes once while it primes
//! its connections (about 2.7 million instructions with this TLS library) is not in these figures.

mod runtime_api;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{
    process,
    rig::{Rig, Setup},
    table::{Table, short},
};
use runtime_api::RuntimeApi;

const FUNCTIONS: [&str; 5] = ["api", "books", "dispatch", "receipts", "clock"];
/// Warm invocations that are averaged.
const WARM: usize = 10;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and prints; says how to build what is not there.
pub async fn run() {
    let folder = bootstraps();
    let missing: Vec<&str> =
        FUNCTIONS.into_iter().filter(|function| !folder.join(function).exists()).collect();
    if !missing.is_empty() {
        println!("\n## Cold start: not measured\n\n{} not in {}:", missing.join(", "), folder.display());
        println!("cargo build --release -p api -p books -p dispatch -p receipts -p clock");
        return;
    }
    let columns = ["function", "MB", "zip MB", "init M", "first M", "warm M", "first/warm", "peak MiB"];
    let mut table = Table::new("Cold start of the release's bootstraps, million instructions", &columns);
    let rig = Rig::start(Setup::Timed).await;
    // The counter of the rate window is there, as it is for all but an organisation's first request.
    rig.api.get("/v1/balance/").await.expect(200);
    for function in FUNCTIONS {
        let start = Start { program: folder.join(function), variables: variables(&rig), event: event(&rig) };
        table.row(
            tokio::task::spawn_blocking(move || measure(function, &start)).await.expect("it is measured"),
        );
    }
    table.print();
    rig.stack.stop().await;
}

/// `BOOTSTRAPS`, or cargo's own folder.
fn bootstraps() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/release");
    std::env::var_os("BOOTSTRAPS").map_or(own, PathBuf::from)
}

/// What a bootstrap is started with.
struct Start {
    program: PathBuf,
    variables: BTreeMap<String, String>,
    event: Value,
}

fn variables(rig: &Rig) -> BTreeMap<String, String> {
    let mut variables = rig.stack.variables().clone();
    for (name, value) in [("AWS_LAMBDA_FUNCTION_NAME", "bench"), ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")] {
        variables.insert(name.to_owned(), value.to_owned());
    }
    variables.insert("AWS_LAMBDA_FUNCTION_VERSION".to_owned(), "$LATEST".to_owned());
    variables
}

/// A request that reads the wallet: a key, an organisation, a rate window, one item.
fn event(rig: &Rig) -> Value {
    let http = json!({"method": "GET", "path": "/v1/balance/", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"});
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": "/v1/balance/", "rawQueryString": "",
        "headers": {"authorization": format!("Bearer {}", rig.api.key().expect("a key")), "host": "local"},
        "requestContext": {
            "accountId": "000000000000", "apiId": "local", "domainName": "local", "domainPrefix": "local",
            "http": http, "requestId": "bench", "routeKey": "$default", "stage": "$default",
            "time": "23/Nov/2026:10:00:00 +0000", "timeEpoch": 1_795_420_800_000_u64,
        },
        "isBase64Encoded": false,
    })
}

fn measure(function: &str, start: &Start) -> Vec<String> {
    let init = instructions(start, 0);
    let mut row = vec![
        function.to_owned(),
        short(fs::metadata(&start.program).expect("it is there").len() as f64 / 1e6),
        short(zipped_bytes(&start.program) as f64 / 1e6),
        short(init / 1e6),
    ];
    if function == "api" {
        let (one, many) = (instructions(start, 1), instructions(start, 1 + WARM));
        let (first, warm) = (one - init, (many - one) / WARM as f64);
        row.extend([first / 1e6, warm / 1e6, first / warm, peak_bytes(start, 1 + WARM) / MIB].map(short));
    } else {
        row.extend(["", "", ""].map(str::to_owned));
        row.push(short(peak_bytes(start, 0) / MIB));
    }
    row
}

/// Instructions of a bootstrap that is ended when it asks for one invocation more than it gets.
fn instructions(start: &Start, invocations: usize) -> f64 {
    let profile = std::env::temp_dir().join(format!("callgrind.{}", std::process::id()));
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--quiet"]);
    command.arg(format!("--callgrind-out-file={}", profile.display())).arg(&start.program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    end(serve(command.env_clear().env("PATH", path), start, invocations));
    let text = fs::read_to_string(&profile).expect("valgrind has written its profile");
    fs::remove_file(&profile).expect("a file of ours");
    let summary = text.lines().find_map(|line| line.strip_prefix("summary: ")).expect("a profile has a sum");
    summary.trim().parse().expect("the sum is a number")
}

fn peak_bytes(start: &Start, invocations: usize) -> f64 {
    let child = serve(Command::new(&start.program).env_clear(), start, invocations);
    let peak = process::peak_memory_bytes(child.id());
    end(child);
    peak as f64
}

/// Starts a bootstrap and returns when it asks for one invocation more than it gets.
fn serve(command: &mut Command, start: &Start, invocations: usize) -> Child {
    let api = RuntimeApi::start(start.event.to_string(), invocations);
    let child = command
        .envs(&start.variables)
        .env("AWS_LAMBDA_RUNTIME_API", api.address())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the bootstrap starts");
    api.wait();
    child
}

/// Ends a process as Lambda does, so that valgrind can still write.
fn end(mut child: Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill is there").success());
    child.wait().expect("a child of ours");
}

/// As Lambda's packages are made: deflated. (`gzip` has the same bytes and a header of 18.)
fn zipped_bytes(program: &Path) -> usize {
    let output = Command::new("gzip").args(["-9", "-c"]).arg(program).output().expect("gzip is there");
    output.stdout.len()
}
