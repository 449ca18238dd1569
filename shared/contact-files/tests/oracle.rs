//! Texts whose quotes close are read as the `csv` crate reads them, and no input makes the crate panic.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use contact_files::{Options, Record, Records, check, decode, push_record};
use proptest::{collection::vec, prop_assert_eq, sample::select, strategy::Strategy};

fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    let pieces = select(vec!["a", "07", "\"", ",", "\n", "\r\n", "\r", " ", "é", ";", "'"]);
    vec(vec(vec(pieces, 0..5).prop_map(|pieces| pieces.concat()), 1..5), 0..6)
}

#[test]
fn a_file_is_read_as_the_csv_crate_reads_it() {
    fuzzing::play(2_000, &table(), |table| {
        let mut text = String::new();
        for cells in &table {
            push_record(&mut text, ',', cells.iter().map(String::as_str));
        }
        let (mut records, mut record, mut read) =
            (Records::new(&text, b',', 0, 0), Record::default(), Vec::new());
        while records.read(&mut record).unwrap() {
            // The `csv` crate skips empty lines.
            if !record.raw().trim_end_matches(['\r', '\n']).is_empty() {
                read.push(record.cells().iter().map(ToString::to_string).collect::<Vec<_>>());
            }
        }
        let mut oracle = csv::ReaderBuilder::new();
        let mut oracle = oracle.flexible(true).has_headers(false).from_reader(text.as_bytes());
        let expected: Vec<Vec<String>> =
            oracle.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        prop_assert_eq!(read, expected);
        Ok(())
    });
}

#[test]
fn a_damaged_file_is_read_or_refused() {
    let seeds = [
        "\u{feff}phone;First_Name;notes\r\n0712345678;Wanjiru;\"met, \"\"there\"\"\"\r\n;Brian;\n",
        "sep=|\nName|Mobile|Phone\nAmina|0712345678 ::: 020|\n\nMembers\n",
        "Title\n\nName\tTel\nAmina\t \"0712345678\" \n",
    ];
    let seeds = seeds.map(|seed| seed.as_bytes().to_vec()).to_vec();
    fuzzing::play(2_000, &fuzzing::inputs(seeds), |fuzzing::Input(bytes)| {
        if let Ok(text) = decode(&bytes, None) {
            let rows = check(&text.text, &Options::default());
            let lines = text.text.split(['\n', '\r']).count() as u64;
            assert!(rows.is_err() || rows.is_ok_and(|rows| rows <= lines));
        }
        Ok(())
    });
}
