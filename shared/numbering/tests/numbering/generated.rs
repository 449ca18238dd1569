//! Cells that are made at random: numbers of eleven countries as libphonenumber alone reads them, masks, and words.

use numbering::NumberError;
use proptest::prelude::*;
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

use crate::fixture::{e164, home, json, parse};

/// Digits at a cell's end that are replaced by random ones.
const DRAWN: usize = 6;

/// A generator of the same digits in each run.
struct Draw(u64);

impl Draw {
    fn digit(&mut self) -> char {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (self.0 >> 33) as u8 % 10)
    }

    /// The cell with other digits at its end, in the same form.
    fn vary(&mut self, cell: &str) -> String {
        let mut left = DRAWN;
        let varied = cell.chars().rev().map(|c| match (c.is_ascii_digit(), left) {
            (true, 1..) => {
                left -= 1;
                self.digit()
            }
            _ => c,
        });
        let reversed: Vec<char> = varied.collect();
        reversed.into_iter().rev().collect()
    }
}

fn libphonenumber(cell: &str, country: &str) -> Option<String> {
    let number = PHONE_NUMBER_UTIL.parse(cell, Region::from_code(country).ok()).ok()?;
    number.is_valid().then(|| number.format_as(PhoneNumberFormat::E164).to_string())
}

#[test]
fn numbers_of_eleven_countries_are_read_as_libphonenumber_alone_reads_them() {
    let mut draw = Draw(12);
    let (mut read, mut refused) = (0, 0);
    for (country, rows) in json("phone_forms.json")["homes"].as_object().unwrap() {
        for row in rows.as_array().unwrap() {
            let cell = draw.vary(row[0].as_str().unwrap());
            // This product reads 00 as a plus in every country.
            if cell.starts_with("00") {
                continue;
            }
            let found = e164(&cell, home(country));
            assert_eq!(found, libphonenumber(&cell, country), "{cell:?} in {country}");
            if found.is_some() { read += 1 } else { refused += 1 }
        }
    }
    assert!(read > 2_000 && refused > 500, "{read} are numbers, {refused} are not");
}

fn mask() -> impl Strategy<Value = String> {
    let hidden = prop::sample::select(vec!['x', 'X', '*', '#', '•', '?', '_', '…']);
    (hidden, 2_usize..6).prop_map(|(c, digits)| c.to_string().repeat(digits))
}

proptest! {
    #[test]
    fn a_number_with_hidden_digits_is_refused(
        before in "(07|254|\\+2547)[0-9]{1,4}", mask in mask(), after in "[0-9]{0,4}",
    ) {
        let cell = format!("{before}{mask}{after}");
        prop_assert_eq!(parse(&cell, home("KE")), Err(NumberError::Mask), "{}", cell);
    }

    /// Cells of digits alone are read by a shorter way.
    #[test]
    fn a_space_before_the_digits_does_not_change_the_reading(cell in "[+]?[0-9]{1,17}") {
        prop_assert_eq!(parse(&cell, home("KE")), parse(&format!(" {cell}"), home("KE")), "{}", cell);
    }

    #[test]
    fn words_are_refused(cell in "[A-Za-zÀ-öа-я]{2,12}([ ,.-]{1,2}[A-Za-z]{2,12}){0,3}") {
        prop_assert!(parse(&cell, home("KE")).is_err(), "{}", cell);
    }
}
