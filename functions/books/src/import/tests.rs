//! Bodies as people and programs send them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use http::StatusCode;
use serde_json::{Value, json};

use super::{rows::MOST_NAMED, *};

/// Most characters of a value that an answer repeats, `…` included.
const MOST_SHOWN: usize = 65;

fn home() -> HomeCountry {
    HomeCountry::parse("KE").unwrap()
}

fn csv_rows(body: &str) -> Rows {
    read(Some(CSV), body.as_bytes(), home()).unwrap()
}

fn json_rows(body: Value) -> Rows {
    read(Some(JSON), body.to_string().as_bytes(), home()).unwrap()
}

fn refused(kind: &str, body: &[u8]) -> Value {
    let error = read(Some(kind), body, home()).err().unwrap();
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    error.body("r")
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/contacts").join(name))
        .unwrap()
}

#[test]
fn exported_books_give_exactly_the_numbers_that_are_in_them() {
    let expected: Value = serde_json::from_slice(&fixture("expected.json")).unwrap();
    for book in ["premium_customers", "newsletter_subscribers"] {
        let rows = read(Some(CSV), &fixture(&format!("{book}.csv")), home()).unwrap();
        let phones: BTreeSet<_> = rows.contacts.iter().filter_map(|contact| contact.phone).collect();
        let no_phone = rows.contacts.iter().filter(|contact| contact.phone.is_none()).count();
        let found = json!({
            "rows": rows.received,
            "no_phone": no_phone,
            "invalid_phone": rows.invalid.count(),
            "unique_phones": phones.len(),
        });
        assert_eq!(found, expected[book]);
        assert!(rows.ignored_columns.is_empty());
    }
}

#[test]
fn columns_are_known_by_name_in_any_spelling_and_order() {
    for header in ["Mobile,FIRST NAME", "msisdn,First_Name", "\u{feff}number,firstname", "PHONE,First-name"] {
        let rows = csv_rows(&format!("{header}\n0712345678,Wanjiru\n"));
        assert_eq!(rows.contacts[0].phone.unwrap().e164(), "+254712345678", "{header}");
        assert_eq!(rows.contacts[0].first_name.as_deref(), Some("Wanjiru"), "{header}");
    }
    let rows = csv_rows("Company,name,phone\nAcme,Wanjiru Njeri Kamau,0712345678\n");
    assert_eq!(rows.ignored_columns, ["Company"]);
    let names = (rows.contacts[0].first_name.as_deref(), rows.contacts[0].last_name.as_deref());
    assert_eq!(names, (Some("Wanjiru Njeri"), Some("Kamau")));
}

#[test]
fn quoted_line_breaks_short_rows_and_blank_cells_are_read() {
    let rows =
        csv_rows("phone,notes,email\r\n0712345678,\"one\r\ntwo, \"\"three\"\"\",\r\n\r\n0712345679\r\n");
    assert_eq!(rows.received, 2);
    assert_eq!(rows.contacts[0].notes.as_deref(), Some("one\r\ntwo, \"three\""));
    assert_eq!((rows.contacts[0].email.as_deref(), rows.contacts[1].notes.as_deref()), (None, None));
}

#[test]
fn bad_rows_are_named_with_their_place_and_stop_no_other() {
    let mut body = b"phone,first_name\nabc,A\n0712345678,B\n,\n0712345679,C,D\n".to_vec();
    body.extend(b"0712345670,\xff\n");
    let rows = read(Some(CSV), &body, home()).unwrap();
    assert_eq!((rows.received, rows.contacts.len(), rows.invalid.count()), (5, 1, 4));
    let named = serde_json::to_value(rows.invalid.into_named()).unwrap();
    assert_eq!(named[0], json!({"row": 1, "phone": "abc", "reason": "words, not a phone number"}));
    assert_eq!(named[1], json!({"row": 3, "phone": null, "reason": "no phone number, name or email"}));
    assert_eq!(named[2]["reason"], "has more cells than the header");
    assert_eq!(named[3]["reason"], "first_name is not UTF-8");
}

#[test]
fn only_a_hundred_bad_rows_are_named_and_long_numbers_are_shortened() {
    let rows = csv_rows(&format!("phone\n{}\n", "x".repeat(500)));
    assert_eq!(rows.invalid.into_named()[0].phone, Some(format!("{}…", "x".repeat(64))));
    let rows = csv_rows(&format!("phone\n{}", "x\n".repeat(150)));
    assert_eq!((rows.invalid.count(), rows.invalid.into_named().len()), (150, 100));
}

#[test]
fn a_header_that_names_nothing_or_one_thing_twice_is_refused() {
    assert_eq!(refused(CSV, b"0712345678\n0712345679\n")["errors"][0]["field"], "header");
    assert_eq!(refused(CSV, b"phone;first_name\n0712345678;A\n")["errors"][0]["field"], "header");
    assert_eq!(refused(CSV, b"")["errors"][0]["field"], "header");
    assert_eq!(refused(CSV, b"phone,Mobile\n1,2\n")["errors"][0]["field"], "Mobile");
}

#[test]
fn a_body_of_nothing_but_mistakes_is_refused_in_one_pass_and_briefly() {
    let mistakes = ["\"a\":0,", "\"phone\":0,"].map(|entry| entry.repeat(100_000)).concat();
    let refusal = refused(JSON, format!("[{{{mistakes}\"b\":0}}]").as_bytes());
    assert_eq!(refusal["detail"], "200000 fields are not valid; 199900 of them are not named here.");
    let header = [",", "phone,"].map(|column| column.repeat(100_000)).concat();
    let refusal = refused(CSV, header.as_bytes());
    assert_eq!(refusal["detail"], "99999 fields are not valid; 99899 of them are not named here.");
    assert_eq!(refusal["errors"].as_array().map(Vec::len), Some(100));
}

#[test]
fn json_contacts_are_read_and_bad_values_are_bad_rows() {
    let rows = json_rows(json!([
        {"phone": "+254 712 345 678", "first_name": " Wanjiru ", "notes": ""},
        {"phone": 254712345679_u64, "last_name": null},
        {"name": "Baraka"},
        {"phone": true},
        "0712345678",
        {},
        {"phone": "0712345670", "email": "x".repeat(255)},
    ]));
    assert_eq!((rows.received, rows.contacts.len(), rows.invalid.count()), (7, 3, 4));
    let first = &rows.contacts[0];
    assert_eq!((first.first_name.as_deref(), first.notes.as_deref()), (Some("Wanjiru"), Some("")));
    assert_eq!(rows.contacts[1].last_name, None);
    let named = rows.invalid.into_named();
    let reasons: Vec<_> = named.iter().map(|row| row.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "phone must be a string, not a boolean",
            "must be a JSON object, not a string",
            "no phone number, name or email",
            "email must have at most 254 characters",
        ]
    );
}

#[test]
fn json_that_is_no_list_of_contacts_is_refused_by_name() {
    assert_eq!(refused(JSON, b"{}")["errors"][0]["field"], "body");
    let strange = refused(JSON, br#"[{"phone":"1"},{"nickname":"x","phone":"2","phone":"3"}]"#);
    let fields: Vec<_> =
        strange["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["[1].nickname", "[1].phone"]);
    assert_eq!(refused(JSON, b"[{]")["code"], "malformed_json");
}

/// Every row of a body is a contact or a bad row, each shown short, whatever the body is.
#[test]
fn a_damaged_import_is_counted_row_by_row_or_refused() {
    let csv = "\u{feff}phone,First_Name,notes\r\n0712345678,Wanjiru,\"met, \"\"there\"\"\"\r\n,Brian,\n+254711500007,,\n";
    let mut seeds = vec![csv.as_bytes().to_vec()];
    let contact =
        json!({"phone": "0712345678", "name": "Wanjiru Njeri", "email": "w@example.com", "notes": null});
    seeds.push(
        json!([contact, {"phone": 254_712_345_678u64}, {"first_name": "Brian"}]).to_string().into_bytes(),
    );
    let kinds = proptest::sample::select(vec![CSV, JSON]);
    fuzzing::play(500, &(fuzzing::inputs(seeds), kinds), |(fuzzing::Input(body), kind)| {
        match read(Some(kind), &body, home()) {
            Ok(rows) => {
                assert_eq!(rows.contacts.len() as u64 + rows.invalid.count(), rows.received);
                assert!(rows.ignored_columns.iter().all(|name| name.chars().count() <= MOST_SHOWN));
                let named = rows.invalid.into_named();
                assert!(named.len() <= MOST_NAMED);
                assert!(
                    named.iter().flat_map(|row| &row.phone).all(|phone| phone.chars().count() <= MOST_SHOWN)
                );
            }
            Err(error) => assert!(error.status().is_client_error(), "{error:?}"),
        }
        Ok(())
    });
}
