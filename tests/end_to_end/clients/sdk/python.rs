//! The interpreter that has the SDKs.

use std::{env, process::Command};

use serde_json::Value;

/// Runs a script with the interpreter that `PROVIDER_SDKS_PYTHON` names; returns the lines of JSON that it prints.
pub fn run(script: &str, arguments: &[String]) -> Vec<Value> {
    let python = env::var_os("PROVIDER_SDKS_PYTHON").expect("PROVIDER_SDKS_PYTHON, as .ci/sdks sets it");
    let output = Command::new(python).args(["-W", "ignore", "-c", script]).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
