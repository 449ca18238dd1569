//! Real files, imported by the binary into a server that plays the API.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
    sync::mpsc,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use super::{api::ImportApi, process::document};

/// For a request of a command that was started.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

fn workbook(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sms/workbooks").join(name)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The sentence of an import that failed before anything was sent.
fn refusal(api: &ImportApi, output: &Output) -> String {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(api.arrived().is_empty() && output.stdout.is_empty(), "{said}");
    said
}

/// A file of `good` rows and then `bad` ones.
fn rows(good: usize, bad: usize) -> String {
    let good = (0..good).map(|row| format!("0711{row:06},Person\n"));
    "phone,name\n"
        .chars()
        .chain(good.collect::<String>().chars())
        .chain("12,Bad\n".repeat(bad).chars())
        .collect()
}

#[test]
fn numbers_of_workbooks_of_every_program_keep_all_digits() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    for name in ["people.xlsx", "people.xls", "people.ods"] {
        let path = folder.path().join(name);
        fs::copy(workbook(name), &path).unwrap();
        let output = api.import(&path, &[]);
        let said = text(&output.stdout);
        assert!(output.status.success(), "{name}: {}", text(&output.stderr));
        assert_eq!(api.phones(), ["254711100001", "711100002", "0711100003", "12"], "{name}");
        assert!(said.contains("Sheet: Contacts; not read: Old members\n"), "{name}: {said}");
        assert!(said.contains("Columns: phone from \"Mobile\"; name from \"Name\"\n"), "{name}: {said}");
        assert!(said.contains("Ignored columns: \"Joined\"\n"), "{name}: {said}");
        // The row number of the spreadsheet, although a blank row comes before it.
        assert!(
            said.ends_with("3 added, 0 updated, 1 invalid.\n  line 6: 12: too short\n"),
            "{name}: {said}"
        );

        assert!(api.import(&path, &["--sheet", "Old members"]).status.success());
        assert_eq!(api.phones(), ["0711100009"], "{name}");
        let unknown = refusal(&api, &api.import(&path, &["--sheet", "New"]));
        assert!(unknown.contains("no sheet New; its sheets are: Contacts, Old members"), "{unknown}");
    }
    let protected = refusal(&api, &api.import(&workbook("protected.xlsx"), &[]));
    assert!(protected.contains("protected by a password"), "{protected}");
    let formula = refusal(&api, &api.import(&workbook("formula.xlsx"), &[]));
    assert!(formula.contains("a formula without its value in cell A3"), "{formula}");
}

#[test]
fn texts_of_every_encoding_and_separator_arrive_as_they_were_meant() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    let utf_16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for file in [
        b"phone,name\r\n0711100001,Jos\xe9\r\n0711100002,Zo\xeb\r\n".to_vec(),
        utf_16("\u{feff}phone\tname\n0711100001\tJosé\n0711100002\tZoë\n"),
        "\u{feff}sep=;\r\nName;Mobile\r\nJosé;0711100001\r\nZoë;0711100002\r\n".into(),
        "List of members\n\nNo|Name|Tel\n1|José|0711100001\n2|Zoë|0711100002".into(),
    ] {
        fs::write(&path, file).unwrap();
        let output = api.import(&path, &["--piece-kb", "1"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert_eq!(api.phones(), ["0711100001", "0711100002"]);
    }
    let output = api.import_input(folder.path(), "phone\n0711100001\n".as_bytes());
    assert!(output.status.success() && api.phones() == ["0711100001"], "{}", text(&output.stderr));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no note is left beside the file");
}

#[test]
fn a_file_with_errors_is_refused_before_anything_is_sent() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    let malformed = format!("{}0711999999,\"never closed\n0711999998,x\n", rows(200, 0));
    let cases: [(&[u8], &str); 9] = [
        (b"", "the file is empty"),
        (b"\r\n,\r\n", "the file is empty"),
        (b"phone,name\r\n", "a header row and no other rows"),
        (malformed.as_bytes(), "line 202: a quoted cell begins that is never closed"),
        (
            b"Name,Town\nAmina,Moshi\n",
            "its columns are: Name, Town; name the column with --column phone=NAME",
        ),
        (b"%PDF-1.7 ...", "the file is a PDF document"),
        (b"<html><body><table><tr><td>Phone</td></tr></table>", "the file is an HTML page"),
        (b"BEGIN:VCARD\nTEL:0711100001\nEND:VCARD\n", "the file is a vCard file (.vcf)"),
        (b"PK\x03\x04 Index/Document.iwa", "Apple Numbers"),
    ];
    for (bytes, sentence) in cases {
        fs::write(&path, bytes).unwrap();
        let said = refusal(&api, &api.import(&path, &["--piece-kb", "1"]));
        assert!(said.contains(sentence), "{said}");
    }
    let missing = refusal(&api, &api.import(&folder.path().join("C:\\people.csv"), &[]));
    assert!(missing.contains("there is no file") && !missing.contains("os error"), "{missing}");
    let directory = refusal(&api, &api.import(&folder.path().join("."), &[]));
    assert!(directory.contains("is a folder"), "{directory}");
}

#[test]
fn flags_say_how_the_file_is_read() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, "Kontakti;Simu;Jina\n0711100001;x;Amina\n").unwrap();
    let flags =
        ["--column", "phone=kontakti", "--column", "name=Jina", "--country", "ug", "--allow-no-phone"];
    let output = api.import(&path, &[&flags[..], &["--json"]].concat());
    let imported = document(&output);
    let columns = serde_json::json!({
        "phone": ["Kontakti"], "country_code": [], "first_name": [], "last_name": [], "name": ["Jina"], "email": [], "notes": [],
    });
    assert_eq!((&imported["columns"], &imported["header_line"]), (&columns, &1.into()));
    assert_eq!(imported["ignored_columns"], serde_json::json!(["Simu"]));
    let (query, _) = api.arrived().remove(0);
    assert_eq!(query, "columns=phone%3Akontakti%2Cname%3AJina&allow_no_phone=true&country=UG");
    let unknown = refusal(&api, &api.import(&path, &["--column", "phone=Tel"]));
    assert_eq!(unknown.lines().count(), 1, "it is said once: {unknown}");
    assert!(
        unknown.contains("the file has no column Tel; its columns are: Kontakti, Simu, Jina"),
        "{unknown}"
    );
}

#[test]
fn every_refused_row_is_written_with_its_line_and_reason() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let (path, refused) = (folder.path().join("people.csv"), folder.path().join("refused.csv"));
    fs::write(&path, rows(10, 1_500)).unwrap();
    let output = api.import(&path, &["--refused", refused.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("less than half of the file was imported: 10 of 1510 rows"));
    let said = text(&output.stdout);
    assert!(said.contains("\n  line 12: 12: too short\n") && said.contains("\n  and 1490 more\n"), "{said}");
    assert!(said.ends_with(&format!("\nThe invalid rows are in {}.\n", refused.display())), "{said}");
    let written = fs::read_to_string(&refused).unwrap();
    assert!(written.starts_with("\u{feff}phone,name,line,reason\n12,Bad,12,too short\n"), "{written}");
    assert!(written.ends_with("\n12,Bad,1511,too short\n"));
    assert_eq!(written.lines().count(), 1_501);

    let same = api.import(&path, &["--refused", path.to_str().unwrap(), "--overwrite"]);
    assert!(text(&same.stderr).contains("--refused names the imported file itself"));
    assert_eq!(fs::read_to_string(&path).unwrap(), rows(10, 1_500));
}

#[test]
fn an_existing_file_is_replaced_by_refused_rows_only_if_the_command_says_so() {
    let api = ImportApi::start(|_| None);
    let folder = tempfile::tempdir().unwrap();
    let (path, refused) = (folder.path().join("people.csv"), folder.path().join("refused.csv"));
    let into_refused = ["--refused", refused.to_str().unwrap()];
    fs::write(&path, rows(2, 1)).unwrap();
    fs::write(&refused, "somebody's work").unwrap();
    let output = api.import(&path, &into_refused);
    let said = text(&output.stderr);
    assert!(output.status.code() == Some(1) && api.arrived().is_empty(), "{said}");
    assert!(
        said.contains("refused.csv exists; name another file with --refused, or add --overwrite"),
        "{said}"
    );
    assert_eq!(fs::read_to_string(&refused).unwrap(), "somebody's work");

    let replace = [&into_refused[..], &["--overwrite"]].concat();
    assert!(api.import(&path, &replace).status.success());
    assert!(fs::read_to_string(&refused).unwrap().ends_with("12,Bad,4,too short\n"));
    fs::write(&path, rows(2, 0)).unwrap();
    let good = api.import(&path, &[&replace[..], &["--json"]].concat());
    assert!(document(&good)["refused_file"].is_null() && !refused.exists(), "no row was refused");
}

#[test]
fn a_stopped_import_says_which_rows_are_stored_and_continues_after_them() {
    let stopped = (403, r#"{"detail": "The key lacks a scope.", "code": "missing_scope"}"#.to_owned());
    let fails = stopped.clone();
    let api = ImportApi::start(move |request| (request == 2).then(|| fails.clone()));
    let folder = tempfile::tempdir().unwrap();
    let (path, refused) = (folder.path().join("people.csv"), folder.path().join("refused.csv"));
    let file = format!("phone,name\n12,First\n{}", &rows(200, 1)["phone,name\n".len()..]);
    fs::write(&path, file).unwrap();
    let flags = ["--piece-kb", "1", "--refused", refused.to_str().unwrap()];

    let first = api.import(&path, &flags);
    let said = text(&first.stderr);
    assert_eq!(first.status.code(), Some(1));
    let done = api.arrived()[..2].iter().map(|(_, phones)| phones.len()).sum::<usize>();
    let sentence =
        format!("{done} of 202 rows are done; the rows from line {} on are not stored. If", done + 2);
    assert!(said.contains(&sentence) && said.contains("The key lacks a scope."), "{said}");

    // The server counts from 0 again.
    let api = ImportApi::start(|_| None);
    let second = api.import(&path, &[&flags[..], &["--json"]].concat());
    assert!(
        second.status.success() && text(&second.stderr).contains(&format!("Continuing after row {done}."))
    );
    assert_eq!(api.phones().len(), 202 - done);
    let imported = document(&second);
    assert_eq!((&imported["received"], &imported["invalid_count"]), (&202.into(), &2.into()));
    let lines: Vec<_> = imported["invalid"].as_array().unwrap().iter().map(|bad| &bad["line"]).collect();
    assert_eq!(lines, [2, 203]);
    assert_eq!(fs::read_to_string(&refused).unwrap().lines().count(), 3, "each refused row once");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "the note is gone");
}

#[test]
fn an_interrupted_import_says_which_rows_are_stored() {
    let (arrived, second_request) = mpsc::channel();
    let (release, held) = mpsc::channel::<()>();
    let api = ImportApi::start(move |request| {
        if request == 1 {
            arrived.send(()).unwrap();
            // Waits until the command has ended and its channel is closed.
            let _ = held.recv();
        }
        None
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, rows(200, 0)).unwrap();
    let child = api.start_import(&path, &["--piece-kb", "1"]);
    second_request.recv_timeout(LONGEST_WAIT).unwrap();
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let output = child.wait_with_output().unwrap();
    drop(release);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("of 200 rows are done; some rows from line ") && said.contains(" on may be stored."),
        "{said}"
    );
    assert!(api.import(&path, &[]).status.success());
}

#[test]
#[ignore = "long: .ci/run"]
fn an_import_shows_why_it_waits() {
    let busy = || (429, r#"{"detail": "Too many requests.", "code": "rate_limited"}"#.to_owned());
    let api = ImportApi::start(move |request| (request == 0).then(busy));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, rows(1, 0)).unwrap();
    let output = api.import(&path, &[]);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("  waiting 1 s: Too many requests.\n"), "{}", text(&output.stderr));
}

#[test]
#[ignore = "long: .ci/run"]
fn an_import_that_is_cut_short_is_repeated_until_all_of_it_is_in() {
    let cut_short = || (503, r#"{"detail": "Repeat.", "code": "cut_short", "request_id": "r"}"#.to_owned());
    let api = ImportApi::start(move |request| (request < 2).then(cut_short));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.csv");
    fs::write(&path, rows(3, 0)).unwrap();
    let output = api.import(&path, &[]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("\n1 request was repeated:"), "{said}");
    assert_eq!(api.phones().len(), 9);
}
