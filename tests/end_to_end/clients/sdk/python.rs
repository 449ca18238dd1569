//! An interpreter that has the SDKs.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

/// The SDKs, and a judge of JSON schemas.
const PACKAGES: [&str; 5] = [
    "africastalking==2.0.3",
    "botocore==1.44.8",
    "infobip-api-python-client==6.0.0",
    "jsonschema==4.26.0",
    "twilio==9.13.0",
];

/// Runs a script; returns the lines of JSON that it prints.
pub fn run(script: &str, arguments: &[String]) -> Option<Vec<Value>> {
    static PYTHON: OnceLock<Option<PathBuf>> = OnceLock::new();
    let Some(python) = PYTHON.get_or_init(with_sdks) else {
        super::super::skip("neither PROVIDER_SDKS_PYTHON nor a venv with the providers' SDKs can be had");
        return None;
    };
    let output = Command::new(python).args(["-W", "ignore", "-c", script]).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(said.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn with_sdks() -> Option<PathBuf> {
    match env::var_os("PROVIDER_SDKS_PYTHON") {
        Some(python) => Some(PathBuf::from(python)),
        None => made_under_target(),
    }
}

/// A venv next to cargo's own temporary files. It is marked as complete at the very end, so that an interrupted one is
/// made again.
fn made_under_target() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("provider-sdks");
    let (python, whole) = (venv.join("bin/python"), venv.join("packages"));
    let wanted = PACKAGES.join("\n");
    if fs::read_to_string(&whole).unwrap_or_default() != wanted {
        make(&venv, &python)?;
        fs::write(whole, wanted).ok()?;
    }
    Some(python)
}

/// A venv's own pip takes longer to unpack than the SDKs: the interpreter's own installs into it, if it has
/// one that is new enough.
fn make(venv: &Path, python: &Path) -> Option<()> {
    let make = |options: &[&str]| {
        succeeds(Command::new("python3").args(["-m", "venv", "--clear"]).args(options).arg(venv))
    };
    let install =
        |pip: &mut Command| succeeds(pip.args(["install", "--quiet", "--no-compile"]).args(PACKAGES));
    make(&["--without-pip"])?;
    install(Command::new("python3").args(["-m", "pip", "--python"]).arg(python)).or_else(|| {
        make(&[])?;
        install(Command::new(python).args(["-m", "pip"]))
    })
}

fn succeeds(command: &mut Command) -> Option<()> {
    let output = command.output().ok()?;
    if !output.status.success() {
        println!("{}", String::from_utf8_lossy(&output.stderr));
    }
    output.status.success().then_some(())
}
