//! Compares the pages with the code: alarms, parameters, variables, items, log lines and commands; and the patches of
//! safeguards with the tests that they name.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use clap::{Command, CommandFactory, Parser};
use cli::Cli;
use serde_json::Value;

use crate::links::{documents, root};
use tests::template::{functions, resources, template};

/// Commands of cargo itself that pages name.
const CARGO_COMMANDS: [&str; 8] = ["run", "test", "bench", "build", "fmt", "install", "deny", "mutants"];
const OPERATING: &str = include_str!("../../functions/OPERATING.md");
const DATA: &str = include_str!("../../shared/README.md");

/// The part of a page from a heading to the next of its level.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, rest) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    rest.split("\n## ").next().unwrap_or_default()
}

/// Words between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The words between backticks of the first cells of a section's table.
fn first_cells(section: &str) -> BTreeSet<String> {
    let cells =
        section.lines().filter(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    cells.flat_map(quoted).map(str::to_owned).collect()
}

fn names(object: &Value) -> BTreeSet<String> {
    object.as_object().expect("an object").keys().cloned().collect()
}

#[test]
fn every_alarm_has_an_entry_and_every_entry_an_alarm() {
    let alarms = resources(template(), "AWS::CloudWatch::Alarm");
    let alarms: BTreeSet<String> = alarms.into_iter().map(|(name, _)| name).collect();
    let entries =
        section(OPERATING, "Alarms").lines().filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'));
    assert_eq!(entries.map(str::to_owned).collect::<BTreeSet<_>>(), alarms);
}

#[test]
fn every_entry_of_an_alarm_says_what_it_means_where_to_look_and_what_to_do() {
    // Alarms that share an entry have their headings one after another.
    let entries =
        section(OPERATING, "Alarms").split("\n### `").skip(1).filter(|entry| entry.lines().count() > 1);
    for entry in entries {
        for part in ["- **Means:** ", "- **Look at:** ", "- **Do:** "] {
            assert!(entry.contains(part), "{part} is missing of {entry}");
        }
    }
}

#[test]
fn the_table_of_parameters_has_those_of_the_template_with_their_defaults() {
    let parameters = template()["Parameters"].clone();
    let table = section(OPERATING, "Parameters");
    assert_eq!(first_cells(table), names(&parameters));
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let said = cells[2].split(' ').next().unwrap_or_default().trim_matches('`');
        for name in quoted(cells[1]) {
            let default = &parameters[name]["Default"];
            let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
            assert_eq!(said, default, "{name}");
        }
    }
}

#[test]
fn the_table_of_variables_has_those_that_functions_are_deployed_with() {
    let deployed = functions(template())
        .into_iter()
        .flat_map(|(_, function)| names(&function["Properties"]["Environment"]["Variables"]));
    assert_eq!(first_cells(section(OPERATING, "Variables")), deployed.collect());
}

/// A partition key of a role, as the page writes it: `ORG#*#C*` is `ORG#<>#C<>`.
fn pattern(key: &str) -> String {
    let key = key.replace("????????-????-????-????-????????????", "*");
    key.replace('*', "<>")
}

/// A partition key of the page, without the names of its parts: `ORG#<org>#C<c>#B<batch>` is `ORG#<>#C<>#B<>`.
fn without_names(key: &str) -> String {
    let (first, rest) = key.split_once('<').map_or((key, ""), |(first, rest)| (first, rest));
    let Some((_, rest)) = rest.split_once('>') else { return first.to_owned() };
    format!("{first}<>{}", without_names(rest))
}

#[test]
fn every_partition_that_a_role_names_is_in_the_data_model() {
    let described: BTreeSet<String> =
        first_cells(section(DATA, "The tables")).iter().map(|key| without_names(key)).collect();
    let mut lost = BTreeSet::new();
    for (_, role) in resources(template(), "AWS::IAM::Role") {
        let text = role.to_string();
        let lists =
            text.split("\"dynamodb:LeadingKeys\":[").skip(1).filter_map(|rest| rest.split(']').next());
        for key in lists.flat_map(|list| list.split('"').skip(1).step_by(2)) {
            // Shards of the index are numbers.
            let is_shard = key.chars().all(|c| c.is_ascii_digit());
            if !is_shard && !described.iter().any(|one| one.starts_with(&pattern(key))) {
                lost.insert(key.to_owned());
            }
        }
    }
    assert!(lost.is_empty(), "{lost:?} are not among {described:?}");
}

/// The text of every Rust source below a folder.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(path).expect("a text"));
        }
    }
    text
}

#[test]
fn every_log_line_that_an_entry_quotes_is_written() {
    let code = sources(&root().join("functions")) + &sources(&root().join("shared"));
    let entries = section(OPERATING, "Alarms");
    let quotes: Vec<String> = entries
        .split('"')
        .skip(1)
        .step_by(2)
        .map(|quote| quote.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(quotes.len() > 5, "{quotes:?}");
    let lost: Vec<&String> = quotes
        .iter()
        .filter(|quote| quote.chars().next().is_some_and(char::is_lowercase))
        .filter(|quote| !code.contains(*quote))
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
}

/// The command lines of a page's blocks of shell, continued lines joined.
fn shell_lines(page: &str) -> Vec<String> {
    let blocks = page.split("\n```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    blocks
        .flat_map(|block| block.replace("\\\n", " ").lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// The words of a shell line: without expansion, quotation marks and comments.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (place, part) in line.split('"').enumerate() {
        if place % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    let comment = words.iter().position(|word| word.starts_with('#')).unwrap_or(words.len());
    words.truncate(comment);
    words
}

/// The words of a line that runs `sms`, from that word on.
fn sms_command(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix("export SMS_API_KEY=$(").map_or(line, |rest| rest.trim_end_matches(')'));
    let line = line.strip_prefix("cargo ").unwrap_or(line);
    line.starts_with("sms ").then(|| words(line))
}

#[test]
fn every_sms_command_of_a_block_is_a_valid_command_line() {
    let mut tried = 0;
    for (page, text) in documents() {
        for line in shell_lines(&text) {
            let Some(words) = sms_command(&line) else { continue };
            tried += 1;
            if let Err(error) = Cli::try_parse_from(&words) {
                panic!("{}: {line}: {error}", page.display());
            }
        }
    }
    assert!(tried > 10, "{tried}");
}

/// Whether the first words name a command; the first word that does not begins its arguments.
fn names_a_command(words: &[String]) -> bool {
    let mut command: Command = Cli::command();
    for word in words.iter().skip(1) {
        if let Some(found) = command.find_subcommand(word) {
            command = found.clone();
        } else {
            let is_an_argument = command.get_positionals().next().is_some() || word.starts_with('-');
            return is_an_argument || word == "…";
        }
    }
    true
}

#[test]
fn every_sms_command_in_a_sentence_exists() {
    for (page, text) in documents() {
        for line in text.lines().flat_map(quoted) {
            let Some(words) = sms_command(line) else { continue };
            assert!(names_a_command(&words), "{}: {line}", page.display());
        }
    }
}

/// Names after `[[test]]` and such in the tests' manifest, and the aliases of cargo.
fn known() -> (BTreeSet<String>, BTreeSet<String>) {
    let read = |path: &str| fs::read_to_string(root().join(path)).expect("a text");
    let manifest = read("tests/Cargo.toml");
    let targets = manifest.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'));
    let aliases = read(".cargo/config.toml");
    let aliases =
        aliases.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    let aliases = aliases.map(|(name, _)| name.to_owned());
    (targets.map(str::to_owned).collect(), aliases.collect())
}

#[test]
fn every_cargo_command_of_a_page_exists() {
    let (targets, aliases) = known();
    let targets_elsewhere = ["system", "sms"];
    let mut wrong: Vec<(PathBuf, String)> = Vec::new();
    for (page, text) in documents() {
        let lines = shell_lines(&text).into_iter().chain(text.lines().flat_map(quoted).map(str::to_owned));
        for line in lines {
            let words = words(&line);
            let Some(cargo) = words.iter().position(|word| word == "cargo") else { continue };
            // Only variables may come before it.
            if !words[..cargo].iter().all(|word| word.contains('=')) {
                continue;
            }
            let command = words.get(cargo + 1).map_or("", String::as_str);
            let is_known =
                command.is_empty() || CARGO_COMMANDS.contains(&command) || aliases.contains(command);
            let target =
                words.iter().position(|word| word == "--test").and_then(|place| words.get(place + 1));
            let has_target = target
                .is_none_or(|name| targets.contains(name) || targets_elsewhere.contains(&name.as_str()));
            if !is_known || !has_target {
                wrong.push((page.clone(), line));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether a suite has a test with this path, such as `frozen::six_workers`.
fn has_test(suite: &str, path: &str) -> bool {
    let (modules, name) = path.rsplit_once("::").unwrap_or(("main", path));
    let file = format!("{}.rs", modules.replace("::", "/"));
    let (tests, of_crate) = (root().join("tests"), root().join("tests").join(suite).join("tests"));
    let has_it = |text: String| text.contains(&format!("fn {name}("));
    [tests, of_crate]
        .into_iter()
        .any(|folder| fs::read_to_string(folder.join(suite).join(&file)).is_ok_and(has_it))
}

#[test]
fn every_test_that_a_patch_of_a_safeguard_names_exists() {
    let patches = fs::read_dir(root().join("tests/faults/broken")).expect("a folder");
    let mut named = 0;
    for patch in patches.map(|entry| entry.expect("an entry").path()) {
        let text = fs::read_to_string(&patch).expect("a text");
        for (suite, path) in text.lines().filter_map(|line| line.strip_prefix("Fails: ")?.split_once(' ')) {
            named += 1;
            assert!(has_test(suite, path), "{}: {suite} {path}", patch.display());
        }
    }
    assert!(named > 10, "{named}");
}
