//! Import bodies as people and programs send them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use http::StatusCode;
use serde_json::{Value, json};

use super::{
    options::{DEFAULT_NAMED, MAX_NAMED},
    *,
};
use crate::phones::kenyan_reader;

/// Most characters of a value that an answer repeats, `…` included.
const MOST_SHOWN: usize = 65;

fn options() -> ImportOptions<'static> {
    ImportOptions::reading(kenyan_reader())
}

fn read_file(body: &[u8]) -> Result<Rows, ApiError> {
    file::read(body, None, &options())
}

fn read_json(body: &[u8]) -> Result<Rows, ApiError> {
    json::read(body, &options())
}

fn csv_rows(body: &str) -> Rows {
    read_file(body.as_bytes()).unwrap()
}

fn json_rows(body: Value) -> Rows {
    read_json(body.to_string().as_bytes()).unwrap()
}

fn refused(read: Result<Rows, ApiError>) -> Value {
    let error = read.err().unwrap();
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    error.body("r")
}

fn phones(rows: &Rows) -> Vec<String> {
    rows.contacts.iter().filter_map(|contact| contact.phone).map(|phone| phone.number.e164()).collect()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/contacts").join(name))
        .unwrap()
}

#[test]
fn an_import_of_exported_books_gives_exactly_their_numbers() {
    let expected: Value = serde_json::from_slice(&fixture("expected.json")).unwrap();
    for book in ["premium_customers", "newsletter_subscribers"] {
        let rows = read_file(&fixture(&format!("{book}.csv"))).unwrap();
        let phones: BTreeSet<_> =
            rows.contacts.iter().filter_map(|contact| Some(contact.phone?.number)).collect();
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
        assert_eq!(rows.contacts[0].phone.unwrap().number.e164(), "+254712345678", "{header}");
        assert_eq!(rows.contacts[0].first_name.as_deref(), Some("Wanjiru"), "{header}");
    }
    let rows = csv_rows("Company,name,phone\nAcme,Wanjiru Njeri Kamau,0712345678\n");
    assert_eq!(rows.ignored_columns, ["Company"]);
    let names = (rows.contacts[0].first_name.as_deref(), rows.contacts[0].last_name.as_deref());
    assert_eq!(names, (Some("Wanjiru Njeri"), Some("Kamau")));
}

#[test]
fn a_name_beside_one_of_its_parts_gives_the_other_part() {
    for (file, first, last) in [
        ("Prénom;Nom;Tél. mobile\nAline;Irakoze;0712345678\n", "Aline", "Irakoze"),
        ("Name,Given Name,Phone\nAmina W Odhiambo,Amina,0712345678\n", "Amina", "W Odhiambo"),
        ("Nombre,Apellidos,Teléfono\nAna María,García,0712345678\n", "Ana María", "García"),
        ("Name,Phone\n\"Odhiambo, Amina\",0712345678\n", "Amina", "Odhiambo"),
    ] {
        let rows = csv_rows(file);
        let contact = &rows.contacts[0];
        assert_eq!((contact.first_name.as_deref(), contact.last_name.as_deref()), (Some(first), Some(last)));
    }
}

#[test]
fn a_country_code_of_its_own_is_that_of_numbers_without_one() {
    let rows = csv_rows(
        "Country Code,Phone\n256,0772123456\n+256,772123457\n256.0,256772123458\n256,+254712345678\nUG,0712345679\n\
         ,0712345680\n256,0201\n",
    );
    let expected = [
        "+256772123456",
        "+256772123457",
        "+256772123458",
        "+254712345678",
        "+254712345679",
        "+254712345680",
    ];
    assert_eq!((phones(&rows), rows.invalid.count()), (expected.map(str::to_owned).to_vec(), 1));
    assert_eq!(
        (rows.columns.unwrap().country_code, rows.ignored_columns),
        (vec!["Country Code".to_owned()], vec![])
    );
    let rows = json_rows(json!([
        {"phone": "0772123456", "country_code": "+256"}, {"country_code": 256, "phone": 772_123_457}, {"country_code": 256}
    ]));
    assert_eq!(
        (phones(&rows), rows.invalid.count()),
        (expected[..2].iter().map(|e| (*e).to_owned()).collect(), 1)
    );
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
fn a_row_with_a_landline_and_a_mobile_number_is_a_contact_with_the_mobile_number() {
    for (row, phone) in [
        ("020 2000100 ::: 0712345678,", "+254712345678"),
        ("020 2000100,0712345678", "+254712345678"),
        ("12,0712345678", "+254712345678"),
        ("0733123456,0712345678", "+254733123456"),
        ("020 2000100,020 2000200", "+254202000100"),
        ("12,0722000111", "+254722000111"),
    ] {
        let rows = csv_rows(&format!("Phone 1 - Value,Phone 2 - Value\n{row}\n"));
        assert_eq!((phones(&rows), rows.invalid.count()), (vec![phone.to_owned()], 0), "{row}");
        assert_eq!(rows.not_mobile == 1, phone.starts_with("+25420"), "{row}");
    }
    let landline = csv_rows("Mobile,Phone\n0712345678;0733123456,020 2000100\n");
    assert_eq!((phones(&landline).len(), landline.invalid.count()), (0, 1));
}

#[test]
fn every_number_of_an_opt_out_row_counts_and_no_other_cell() {
    let only_numbers = ImportOptions { needs_phone: true, ..options() };
    let name = "x".repeat(1_000);
    let csv = format!(
        "Mobile,Phone,Name\n0712345678,020 2000100,{name}\n12,0722000111 ::: 0733000222,\n,,Amina\n12,n/a,\n"
    );
    let rows = file::read(csv.as_bytes(), None, &only_numbers).unwrap();
    assert_eq!(phones(&rows), ["+254712345678", "+254202000100", "+254722000111", "+254733000222"]);
    assert_eq!((rows.received, rows.invalid.count()), (4, 3));
}

#[test]
fn a_contact_is_not_lost_for_a_line_break_or_a_long_note() {
    let text = format!("phone,name,notes\n0712345678,\"Amina\nOdhiambo\",{}\n", "x".repeat(1_001));
    let rows = csv_rows(&text);
    let amina = &rows.contacts[0];
    let names = (amina.first_name.as_deref(), amina.last_name.as_deref());
    assert_eq!(names, (Some("Amina"), Some("Odhiambo")));
    assert_eq!((amina.notes.as_ref().map(String::len), rows.notes_cut), (Some(1_000), 1));
    let rows = json_rows(json!([{"phone": "0712345678", "first_name": "Amina\tW"}]));
    assert_eq!((rows.contacts[0].first_name.as_deref(), rows.notes_cut), (Some("Amina W"), 0));
}

#[test]
fn bad_rows_are_named_with_their_position_and_stop_no_other_row() {
    let rows = csv_rows("phone,first_name\nabc,A\n0712345678,\"B\nb\"\n,\n0712345679,C,D\n ,\n-,E\n");
    assert_eq!((rows.received, rows.contacts.len(), rows.invalid.count()), (4, 1, 3));
    let named = serde_json::to_value(rows.invalid.into_named()).unwrap();
    let words = json!({"row": 1, "line": 2, "phone": "abc", "reason": "words, not a phone number"});
    assert_eq!(named[0], words);
    let cells =
        json!({"row": 3, "line": 5, "phone": "0712345679", "reason": "has more cells than the header"});
    assert_eq!(named[1], cells);
    assert_eq!(named[2]["reason"], "says that there is no phone number");
    let rows = csv_rows("phone,first_name,email,town\nN/A,Amina,a@x.co,\n,,,Moshi\n");
    assert_eq!(
        (rows.contacts[0].phone, rows.invalid.into_named()[0].reason.as_str()),
        (None, "no phone number, name or email")
    );
}

#[test]
fn bad_rows_are_named_up_to_a_limit_and_long_numbers_are_shortened() {
    let rows = csv_rows(&format!("phone\n{}\n", "x".repeat(500)));
    assert_eq!(rows.invalid.into_named()[0].phone, Some(format!("{}…", "x".repeat(64))));
    let text = format!("phone\n{}", "x\n".repeat(1_500));
    let rows = csv_rows(&text);
    assert_eq!((rows.invalid.count(), rows.invalid.into_named().len()), (1_500, DEFAULT_NAMED));
    let options = ImportOptions { named: MAX_NAMED, ..options() };
    let rows = file::read(text.as_bytes(), None, &options).unwrap();
    assert_eq!(rows.invalid.into_named().len(), MAX_NAMED);
}

#[test]
fn the_first_number_of_a_row_that_can_be_read_is_the_contacts() {
    let rows =
        csv_rows("Phone,Mobile,Name\n0712345678,see notes,A\n0712345670,0733123456,B\n0712345XXX,,C\n,,D\n");
    assert_eq!(phones(&rows), ["+254712345678", "+254733123456"]);
    let named = rows.invalid.into_named();
    assert_eq!((named.len(), named[0].phone.as_deref()), (1, Some("0712345XXX")));
    assert_eq!(rows.contacts[2].first_name.as_deref(), Some("D"));
}

#[test]
fn the_answer_says_which_column_was_read_as_which_field() {
    let rows = csv_rows("Company,Tel,Mobile Phone,Jina\nAcme,,0712345678,Amina\n");
    let columns = serde_json::to_value(rows.columns).unwrap();
    let names = json!({"phone": ["Mobile Phone", "Tel"], "country_code": [], "first_name": [], "last_name": [], "name": ["Jina"],
                       "email": [], "notes": []});
    assert_eq!(columns, names);
    assert_eq!((rows.ignored_columns, rows.header_line), (vec!["Company".to_owned()], Some(1)));
    let options = ImportOptions {
        file: contact_files::Options {
            choice: contact_files::ColumnChoice::parse("phone:Kontakti").unwrap(),
            allow_no_phone: false,
        },
        ..options()
    };
    let rows = file::read(b"Kontakti\n0712345678\n", None, &options).unwrap();
    assert_eq!(phones(&rows), ["+254712345678"]);
    assert_eq!(refused(Err(options.check_json().unwrap_err()))["errors"][0]["field"], "columns");
}

#[test]
fn a_file_that_cannot_be_trusted_is_refused_with_the_line() {
    for (body, line) in [
        ("phone,notes\n0712345678,\"x\n0733123456,y\n", "line 2:"),
        ("phone,notes\n0712345678,\"x\n0733123456,\"y\n0722000111,z\n", "line 2:"),
        ("phone,notes\n0712345678,\"x\ny\"\n0712345679,\"z\" z\n", "line 4 (row 3 of a spreadsheet):"),
    ] {
        let refusal = refused(read_file(body.as_bytes()));
        assert_eq!(refusal["code"], "malformed_csv");
        assert!(refusal["detail"].as_str().unwrap().contains(line), "{refusal}");
    }
}

#[test]
fn a_file_without_a_phone_column_is_refused_with_the_columns_that_it_has() {
    let header = |body: &str| {
        let refusal = refused(read_file(body.as_bytes()));
        (refusal["errors"][0]["field"].clone(), refusal["detail"].as_str().unwrap().to_owned())
    };
    let (field, detail) = header("Name,Town\nAmina,Moshi\n");
    assert_eq!(field, "header");
    assert!(detail.contains("its columns are: Name, Town") && detail.contains("allow_no_phone"), "{detail}");
    assert!(header("0712345678\n0712345679\n").1.contains("needs a header row"));
    assert_eq!(header("").0, "body");
    let allowed = ImportOptions {
        file: contact_files::Options { allow_no_phone: true, ..contact_files::Options::default() },
        ..options()
    };
    let rows = file::read(b"Name,Town\nAmina,Moshi\n", None, &allowed).unwrap();
    assert_eq!((rows.contacts.len(), phones(&rows).len()), (1, 0));
    assert_eq!(csv_rows("phone,name\n").received, 0);
    assert_eq!(phones(&csv_rows("phone,Mobile\n0712345678,\n")), ["+254712345678"]);
}

#[test]
fn a_file_of_another_kind_is_refused_with_the_name_of_its_kind() {
    let cases: [(&[u8], &str); 6] = [
        (b"PK\x03\x04\x14\0 xl/workbook.xml", "an Excel workbook (.xlsx)"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)"),
        (b"<html><table><tr><td>0712345678", "an HTML page"),
        (b"%PDF-1.7", "a PDF document"),
        (b"[{\"phone\":\"0712345678\"}]", "application/json"),
        ("phone,name\n0712345678,Jos\u{fffd}\n".as_bytes(), "line 2 has U+FFFD"),
    ];
    for (body, what) in cases {
        let refusal = refused(read_file(body));
        assert_eq!(refusal["code"], "malformed_csv");
        assert!(refusal["detail"].as_str().unwrap().contains(what), "{refusal}");
    }
}

#[test]
fn a_declared_charset_is_honoured_or_refused() {
    let read = |body: &[u8], charset| file::read(body, Some(charset), &options());
    let rows = read(b"phone,first_name\n0712345678,Jos\xe9\n", "windows-1252").unwrap();
    assert_eq!(rows.contacts[0].first_name.as_deref(), Some("José"));
    let unknown = read(b"phone\n0712345678\n", "klingon").err().unwrap();
    assert_eq!(unknown.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let refusal = refused(read(b"phone,first_name\n0712345678,Jos\xe9\n", "utf-8"));
    assert!(refusal["detail"].as_str().unwrap().starts_with("Line 2 is not written in UTF-8"), "{refusal}");
}

#[test]
fn a_body_of_only_bad_rows_is_read_in_one_pass_and_its_answer_is_short() {
    let mistakes = ["\"a\":0,", "\"phone\":0,"].map(|entry| entry.repeat(100_000)).concat();
    let refusal = refused(read_json(format!("[{{{mistakes}\"b\":0}}]").as_bytes()));
    assert_eq!(refusal["detail"], "200000 fields are not valid; 199900 of them are not named here.");
    assert_eq!(refusal["errors"].as_array().map(Vec::len), Some(100));
    let refusal = refused(read_file("phone,x,".repeat(100_000).as_bytes()));
    assert!(refusal["detail"].as_str().unwrap().contains("more than 16384 columns"), "{refusal}");
    let refusal = refused(read_file(format!("{}\n", "x".repeat(200)).repeat(20_000).as_bytes()));
    assert!(refusal["detail"].as_str().unwrap().len() < 500, "{refusal}");
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
    assert_eq!(refused(read_json(b"{}"))["errors"][0]["field"], "body");
    let strange = refused(read_json(br#"[{"phone":"1"},{"nickname":"x","phone":"2","phone":"3"}]"#));
    let fields: Vec<_> =
        strange["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["[1].nickname", "[1].phone"]);
    assert_eq!(refused(read_json(b"[{]"))["code"], "malformed_json");
}

/// Every row of a damaged body is a contact or a bad row whose text is shortened.
#[test]
fn a_damaged_import_is_counted_row_by_row_or_refused() {
    let csv = "\u{feff}phone,First_Name,notes\r\n0712345678,Wanjiru,\"met, \"\"there\"\"\"\r\n,Brian,\n+254711500007,,\n";
    let mut seeds = vec![csv.as_bytes().to_vec()];
    let contact =
        json!({"phone": "0712345678", "name": "Wanjiru Njeri", "email": "w@example.com", "notes": null});
    seeds.push(
        json!([contact, {"phone": 254_712_345_678u64}, {"first_name": "Brian"}]).to_string().into_bytes(),
    );
    let kinds = proptest::sample::select(vec![true, false]);
    fuzzing::play(500, &(fuzzing::inputs(seeds), kinds), |(fuzzing::Input(body), is_file)| {
        match if is_file { read_file(&body) } else { read_json(&body) } {
            Ok(rows) => {
                assert_eq!(rows.contacts.len() as u64 + rows.invalid.count(), rows.received);
                assert!(rows.ignored_columns.iter().all(|name| name.chars().count() <= MOST_SHOWN));
                let named = rows.invalid.into_named();
                assert!(named.len() <= DEFAULT_NAMED);
                assert!(
                    named.iter().flat_map(|row| &row.phone).all(|phone| phone.chars().count() <= MOST_SHOWN)
                );
            }
            Err(error) => assert!(error.status().is_client_error(), "{error:?}"),
        }
        Ok(())
    });
}
