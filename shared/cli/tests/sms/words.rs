//! The sentences of errors: each names the wrong argument once, in the words of the command line.

use std::{fs, net::TcpListener, path::Path};

use domain::api_key::{ApiKey, KeyMode, RANDOM_BYTES};

use super::{
    instance::Instance,
    process::{run, run_on_terminal, run_with},
};

/// The sentence of a command that ends with an error.
fn said(data: &Path, arguments: &[&str], exit: i32) -> String {
    let output = run(data, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {said}");
    said
}

#[test]
fn a_value_that_cannot_be_read_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (line, sentence) in [
        ("topup demo 5 --reference=", "'--reference <TEXT>': must have a letter or a digit"),
        ("topup demo 1e3 --reference a", "'<AMOUNT>': must be a decimal amount such as 1248.00"),
        ("key issue demo --valid-until 2020-01-01T00:00:00Z", "must be in the future"),
        ("key revoke demo 4711", "must be a key's id, as `sms key list` shows it"),
        ("org set demo --rate-limit ten", "must be a whole number from 1"),
        ("org set demo --duplicate-window 1.5", "must be a whole number from 1"),
        ("import People p.csv --piece-kb 5000", "must be a whole number from 1 to 4900"),
        ("import People p.csv --column Simu", "must name a field and a column, such as phone=Simu"),
        ("import People p.csv --country Uganda", "must be the two letters of a country"),
        ("import People p.csv --overwrite", "required arguments were not provided:\n  --refused <FILE>"),
        ("improt People p.csv", "a similar subcommand exists: 'import'"),
        ("topup demo -5 --reference a", "must be above zero"),
        ("org set demo --offset -03:61", "must be an offset from UTC"),
    ] {
        let arguments: Vec<_> = line.split(' ').collect();
        let said = said(folder.path(), &arguments, 2);
        assert!(said.contains(sentence), "{line}: {said}");
    }
}

#[test]
fn an_error_of_the_api_names_the_typed_argument_once() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    fs::write(data.join("one.csv"), "phone\n0711100001\n").unwrap();
    let imported = run(data, &["import", "One", data.join("one.csv").to_str().unwrap(), "--create"]);
    assert!(imported.status.success(), "{imported:?}");

    let send = |flags: &[&str]| said(data, &[&["send", "--book", "One"], flags].concat(), 1);
    assert_eq!(send(&["--message", " "]), "error: --message: must not be blank\n");
    let past = send(&["--message", "Hi", "--yes", "--at", "2020-01-01T00:00:00Z"]);
    assert_eq!(past, "error: --at: must be in the future\n");
    let both = send(&["--message", "Hi", "--max-cost", "ten", "--at", "soon"]);
    assert!(both.contains("--max-cost: must be") && both.contains("--at: must be"), "{both}");
    let dear = send(&["--message", "Dear {name}", "--dry-run"]);
    assert!(dear.contains("{name}") && dear.contains("set --allow-placeholders"), "{dear}");
    let meant = ["send", "--book", "One", "--message", "Dear {name}", "--dry-run", "--allow-placeholders"];
    assert!(run(data, &meant).status.success());
    let file = data.join("one.csv");
    let unknown = said(data, &["import", "Ones", file.to_str().unwrap()], 1);
    let sentence = "error: there is no address book Ones: add --create to create it; there are: One\n";
    assert!(unknown.ends_with(sentence), "{unknown}");
    let long = said(data, &["import", &"x".repeat(101), file.to_str().unwrap(), "--create"], 1);
    assert_eq!(long, "error: <BOOK>: must have at most 100 characters\n");
    let absent = "3f8e2d1a-7c4d-4e1a-b3f2-9d8e2c1a4b5f";
    let gone = said(data, &["import", absent, file.to_str().unwrap()], 1);
    assert!(gone.ends_with(&format!("error: there is no address book {absent}; there are: One\n")), "{gone}");
    let create = ["org", "create", "—", "--currency", "KES", "--sender", "A", "--price", "254=1"];
    let nameless = said(data, &create, 2);
    assert!(nameless.contains("must have a letter or a digit"), "{nameless}");
    let foreign = said(data, &[&["org", "create", "会社"], &create[3..]].concat(), 1);
    let sentence = "error: no slug can be made from the name; name one with --slug, which must be 1 to 40 lower-case \
                    letters, digits and hyphens\n";
    assert!(foreign.ends_with(sentence), "{foreign}");
    for command in [&["org", "show", "nobody"][..], &["key", "list", "nobody"]] {
        let said = said(data, command, 1);
        assert!(said.ends_with("\nerror: there is no organisation nobody\n"), "{said}");
    }
    assert!(said(data, &["audit", "nobody"], 2).contains("there is no organisation nobody"));
}

#[test]
fn a_person_sees_the_estimate_and_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let _instance = Instance::start(data);
    let file = data.join("two.csv");
    fs::write(&file, "phone,name\n0711100001,Amina\n0711100002,Baraka\n,Nobody\n").unwrap();
    assert!(run(data, &["import", "Two", file.to_str().unwrap(), "--create"]).status.success());
    let send = ["send", "--book", "Two", "--message", "Hi"];

    let estimate = "2 recipients, 1 segment each: KES 2.00\nLeft out: 1 without a number\n";
    let unasked = said(data, &send, 4);
    assert!(unasked.starts_with(estimate) && unasked.contains("add --yes"), "{unasked}");
    for no in ["n\n", "\n"] {
        let (output, shown) = run_on_terminal(data, &send, no);
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(4), true), "{shown}");
        assert!(shown.starts_with(estimate) && shown.contains("Send it? [y/N]"), "{shown}");
        assert!(shown.ends_with("error: nothing was sent\n"), "{shown}");
    }
    let (output, shown) = run_on_terminal(data, &send, "y\n");
    let answer = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && answer.ends_with("\nCampaign 1\n"), "{answer}, {shown}");
}

#[test]
fn an_api_that_cannot_be_reached_is_named_with_the_one_cause() {
    let folder = tempfile::tempdir().unwrap();
    let key = ApiKey::generate(KeyMode::Live, &[7; RANDOM_BYTES]);
    let unreached = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let follow = |url: &str| {
        let variables = [("SMS_API_URL", url), ("SMS_API_KEY", key.reveal())];
        String::from_utf8(run_with(folder.path(), &variables, &["follow", "1"]).stderr).unwrap()
    };
    let said = follow(&format!("http://{unreached}/v1/"));
    let sentence = format!("error: http://{unreached} could not be reached\n  because: Connection refused");
    assert!(said.starts_with(&sentence) && said.lines().count() == 2, "{said}");
    assert!(follow("localhost:8080").contains("is not the URL of an API, such as https://"));
    assert!(follow(" ").contains("start one with `cargo run`, or name an API by --url or SMS_API_URL"));
}
