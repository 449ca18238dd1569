//! The children of the tests: this test binary, with a role from its environment.

use std::{collections::BTreeMap, env, io::Write, net::TcpStream, num::NonZeroUsize, time::Duration};

use bytes::Bytes;
use lambda_emulator::{Function, FunctionConfig, Invoke, Output};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::{Value, json};

use super::gate;

/// The variable that gives a child of this binary its role; without it [`entry`] does nothing.
const ROLE: &str = "HOST_TEST_ROLE";

/// The arguments that make this binary a child.
pub const ENTRY: [&str; 3] = ["--exact", "child::entry", "--nocapture"];

/// A function whose children play `role`, with this timeout and concurrency.
pub fn config(role: &str, timeout: Duration, max_concurrency: usize) -> FunctionConfig {
    FunctionConfig {
        name: role.into(),
        program: env::current_exe().unwrap(),
        args: ENTRY.map(String::from).into(),
        env: BTreeMap::from([(ROLE.into(), role.into()), ("AWS_REGION".into(), "af-south-1".into())]),
        timeout,
        max_concurrency: NonZeroUsize::new(max_concurrency).unwrap(),
        output: Output::discard(),
    }
}

/// Long enough for a child on a busy machine, and no test waits for it.
pub const AMPLE: Duration = Duration::from_secs(30);

#[test]
fn entry() {
    let Ok(role) = env::var(ROLE) else { return };
    lambda_emulator::exit_when_parent_dies().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(play(&role)).unwrap();
}

async fn play(role: &str) -> Result<(), lambda_runtime::Error> {
    match role {
        "worker" => lambda_runtime::run(lambda_runtime::service_fn(obey)).await,
        "web" => lambda_http::run(lambda_http::service_fn(describe)).await,
        "stillborn" => std::process::exit(3),
        "misconfigured" => {
            report_init_error();
            std::process::exit(1)
        }
        "host" => {
            host_a_worker().await;
            Ok(())
        }
        other => panic!("no such role: {other}"),
    }
}

/// Does what the event asks for.
async fn obey(event: LambdaEvent<Value>) -> Result<Value, Diagnostic> {
    let order = &event.payload;
    match order["do"].as_str().unwrap() {
        "report" => return Ok(report(&event)),
        "fail" => {
            return Err(Diagnostic { error_type: "Unwilling".into(), error_message: "not today".into() });
        }
        "exit" => std::process::exit(3),
        "wait" => gate::wait_at(order["at"].as_str().unwrap()).await,
        "print" => println!("{}", order["line"].as_str().unwrap()),
        "answer" => return Ok("x".repeat(order["bytes"].as_u64().unwrap() as usize).into()),
        other => panic!("no such order: {other}"),
    }
    Ok(json!({ "pid": std::process::id() }))
}

fn report(event: &LambdaEvent<Value>) -> Value {
    json!({
        "pid": std::process::id(),
        "request_id": event.context.request_id,
        "deadline_ms": event.context.deadline,
        "arn": event.context.invoked_function_arn,
        "trace_id": event.context.xray_trace_id,
        "env": env::vars().collect::<BTreeMap<_, _>>(),
    })
}

/// Returns the request that `lambda_http` made from the server's event.
async fn describe(
    request: lambda_http::Request,
) -> Result<lambda_http::Response<String>, lambda_http::Error> {
    let told = json!({
        "method": request.method().as_str(),
        "uri": request.uri().to_string(),
        "body": std::str::from_utf8(request.body()).unwrap(),
        "cookie": request.headers().get("cookie").map(|cookie| cookie.to_str().unwrap()),
    });
    let answer = lambda_http::Response::builder().status(201).header("set-cookie", "seen=1");
    Ok(answer.header("content-type", "application/json").body(told.to_string()).unwrap())
}

/// Sends what a runtime sends when its start-up fails, by hand, because `lambda_runtime` sends it only around
/// SnapStart.
fn report_init_error() {
    let body = r#"{"errorType":"Config.Missing","errorMessage":"no table"}"#;
    let url = env::var("AWS_LAMBDA_RUNTIME_API").unwrap();
    let (address, secret) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut api = TcpStream::connect(address).unwrap();
    let head = format!("content-length: {}\r\nconnection: close", body.len());
    write!(
        api,
        "POST /{secret}/2018-06-01/runtime/init/error HTTP/1.1\r\nhost: {address}\r\n{head}\r\n\r\n{body}"
    )
    .unwrap();
    std::io::copy(&mut api, &mut std::io::sink()).unwrap();
}

/// A host in the middle of an invocation that waits at the test's gate.
async fn host_a_worker() {
    let order = json!({ "do": "wait", "at": env::var("GATE").unwrap() });
    let worker = Function::new(config("worker", AMPLE, 1));
    let _ = worker.invoke(Bytes::from(order.to_string())).await;
}
