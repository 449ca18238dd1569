//! `console`: prints the link that signs in to the console, and opens it at a terminal.

use std::{
    io::{self, IsTerminal},
    path::Path,
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    CliError,
    args::Api,
    client::Client,
    output::{Format, Output},
    target,
    terminal::note,
};

/// The program that opens a link in the default browser.
const OPENER: (&str, &[&str]) = if cfg!(windows) {
    ("rundll32", &["url.dll,FileProtocolHandler"])
} else if cfg!(target_os = "macos") {
    ("open", &[])
} else {
    ("xdg-open", &[])
};

pub(super) async fn console(
    is_only_printed: bool,
    api: &Api,
    data: &Path,
    format: Format,
) -> Result<Output, CliError> {
    let (url, key) = target::address(api, data).await?;
    let link = format!("{}/console/#key={}", Client::new(&url, &key)?.base_url(), key.reveal());
    // A script that reads the link must not start a browser.
    let is_for_a_person = format == Format::Text && io::stdout().is_terminal();
    if is_for_a_person && !is_only_printed && !open(&link) {
        note("No browser could be started: open the link yourself.");
    }
    let document = json!({"url": link});
    Ok(Output::new(link, document))
}

/// Whether the program that opens links was started.
fn open(link: &str) -> bool {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(link);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}
