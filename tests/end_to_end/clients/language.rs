//! Interpreters of other languages, if this machine has them.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

/// An interpreter that runs a program given as text.
pub struct Language {
    interpreter: PathBuf,
    before_the_program: &'static [&'static str],
}

impl Language {
    /// Node.js, if it has `fetch` (18 and later).
    pub async fn node_js() -> Result<Self, String> {
        let node_js = Self { interpreter: "node".into(), before_the_program: &["--input-type=module", "-e"] };
        let has_fetch = node_js.runs("if (!globalThis.fetch) process.exit(1)").await;
        if has_fetch { Ok(node_js) } else { Err("node 18 or later is not installed".to_owned()) }
    }

    /// Python with `requests`: its own, or that of an environment made for this test.
    pub async fn python() -> Result<Self, String> {
        let python = |interpreter: PathBuf| Self { interpreter, before_the_program: &["-c"] };
        let installed = python("python3".into());
        if installed.has_requests().await {
            return Ok(installed);
        }
        if !installed.runs("").await {
            return Err("python3 is not installed".to_owned());
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python");
        let with_requests = python(folder.join("bin/python"));
        if !with_requests.has_requests().await {
            let made = installed.module("venv", &[&folder.to_string_lossy()]).await
                && with_requests.module("pip", &["install", "--quiet", "requests"]).await;
            if !made {
                return Err("python3 has no `requests`, and pip could not install it".to_owned());
            }
        }
        Ok(with_requests)
    }

    /// PHP with curl.
    pub async fn php() -> Result<Self, String> {
        let php = Self { interpreter: "php".into(), before_the_program: &["-r"] };
        let has_curl = php.runs("exit(function_exists('curl_init') ? 0 : 1);").await;
        if has_curl { Ok(php) } else { Err("php with curl is not installed".to_owned()) }
    }

    /// A run of a program.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.args(self.before_the_program).arg(program);
        command
    }

    async fn has_requests(&self) -> bool {
        self.runs("import importlib.util, sys; sys.exit(not importlib.util.find_spec('requests'))").await
    }

    async fn runs(&self, program: &str) -> bool {
        succeeds(self.command(program)).await
    }

    async fn module(&self, module: &str, arguments: &[&str]) -> bool {
        let mut command = Command::new(&self.interpreter);
        command.args(["-m", module]).args(arguments);
        succeeds(command).await
    }
}

async fn succeeds(mut command: Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}
