//! An operator's home directory, with the files of the AWS command line.

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{document, run_fed, run_with};

/// A home directory that is deleted when it is dropped.
pub struct Home {
    folder: TempDir,
    is_known: bool,
    variables: Vec<(String, String)>,
}

/// The output of a command that failed.
#[derive(Debug)]
pub struct Failure {
    pub exit: Option<i32>,
    pub code: String,
    pub message: String,
    pub causes: Vec<String>,
}

impl Home {
    /// A home directory with a region, on a machine that is not an EC2 instance.
    pub fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap(), is_known: true, variables: Vec::new() };
        home.with("AWS_EC2_METADATA_DISABLED", "true").with("AWS_REGION", "eu-west-1")
    }

    /// A copy with one more variable. An empty one is not set.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.variables.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// A copy without the variable that names the home directory.
    pub fn unknown(self) -> Self {
        Self { is_known: false, ..self }
    }

    /// A copy with the keys of the environment.
    pub fn with_keys(self, id: &str) -> Self {
        self.with("AWS_ACCESS_KEY_ID", id).with("AWS_SECRET_ACCESS_KEY", "secret")
    }

    /// A copy with a file below the home directory.
    pub fn with_file(self, path: &str, text: &str) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A copy with `~/.aws/config`.
    pub fn with_config(self, text: &str) -> Self {
        self.with_file(".aws/config", text)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let home = self.path().to_str().unwrap();
        let mut variables = vec![("HOME", home), ("PATH", "/usr/bin:/bin")];
        variables.extend(self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        variables.retain(|(name, _)| *name != "HOME" || self.is_known);
        run_with(self.path(), &variables, arguments)
    }

    /// Runs a command that reads this from its standard input.
    pub fn run_fed(&self, arguments: &[&str], input: &[u8]) -> Output {
        let home = self.path().to_str().unwrap();
        let mut variables = vec![("HOME", home), ("PATH", "/usr/bin:/bin")];
        variables.extend(self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        run_fed(self.path(), &variables, arguments, input)
    }

    /// Runs a command on the stack `prod` that fails, and returns the JSON document of its error.
    pub fn failure(&self, flags: &[&str]) -> Failure {
        let arguments = [&["org", "show", "acme", "--stack", "prod", "--json"], flags].concat();
        Failure::of(&self.run(&arguments))
    }
}

impl Failure {
    pub fn of(output: &Output) -> Self {
        let error = document(output)["error"].clone();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let failure = Self {
            exit: output.status.code(),
            code: text(&error["code"]),
            message: text(&error["message"]),
            causes: error["causes"].as_array().unwrap().iter().map(text).collect(),
        };
        let prose = String::from_utf8_lossy(&output.stderr);
        assert!(prose.contains(&failure.message), "{prose}");
        failure
    }
}
