//! `console`: prints the link that signs in to the console, and opens it at a terminal.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::json;

use crate::{
    CliError,
    args::Api,
    client::Client,
    output::{Format, Output},
    profiles::{ProfilesError, folder, replace_private},
    target,
    terminal::note,
};

/// The page that redirects to the console. The link has the API key: as an argument of the browser, every user of the
/// machine could read it.
const PAGE: &str = "console.html";
/// The program that opens a file in the default browser.
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
    if is_for_a_person && !is_only_printed && !open(&write_page(&link)?) {
        note("No browser could be started: open the link yourself.");
    }
    let document = json!({"url": link});
    Ok(Output::new(link, document))
}

/// Writes the page, which only the person may read; gives its path. The next page replaces it.
fn write_page(link: &str) -> Result<PathBuf, CliError> {
    let path = folder()?.join(PAGE);
    let written = replace_private(&path, page(link).as_bytes());
    written.map_err(|source| ProfilesError::File { path: path.clone(), source })?;
    Ok(path)
}

fn page(link: &str) -> String {
    let link = link.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Console</title>\
         <meta name=\"referrer\" content=\"no-referrer\"><meta http-equiv=\"refresh\" content=\"0;url={link}\">\
         <p><a href=\"{link}\">To the console</a></html>\n"
    )
}

/// Whether the program that opens files was started.
fn open(page: &Path) -> bool {
    let (program, arguments) = OPENER;
    let mut command = Command::new(program);
    command.args(arguments).arg(page);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_leads_to_the_link_and_a_link_cannot_end_it() {
        let page = page("https://a.example/console/#key=\"><script>1</script>&x");
        assert!(page.contains(
            "content=\"0;url=https://a.example/console/#key=&quot;>&lt;script>1&lt;/script>&amp;x\""
        ));
        assert!(!page.contains("<script"), "{page}");
    }
}
