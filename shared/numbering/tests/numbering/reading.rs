//! The forms that people write, and the reasons in an import's report.

use numbering::NumberError;
use proptest::prelude::*;

use crate::fixture::{e164, home, parse};

#[test]
fn the_forms_of_the_contract_are_one_number() {
    for input in [
        "+254712345678",
        "254712345678",
        "0712345678",
        "712345678",
        "00254712345678",
        "00 254 712 345 678",
        "000254712345678",
        "+254 (0)712 345 678",
        "\u{A0}0712.345.678\t",
        "tel:+254-712-345678",
    ] {
        assert_eq!(e164(input, home("KE")).as_deref(), Some("+254712345678"), "{input:?}");
    }
}

#[test]
fn a_leading_00_is_read_as_a_plus_before_the_home_countrys_own_prefix() {
    // Brazil dials 00, then a carrier (25), then the country: read so, 47 would be Norway.
    assert_eq!(e164("00254791234567", home("BR")).as_deref(), Some("+254791234567"));
    // Nigeria dials 009; read as 00, the number would be +92 547…, which is not valid.
    assert_eq!(e164("009254712345678", home("NG")).as_deref(), Some("+254712345678"));
}

#[test]
fn a_blank_cell_is_no_phone_and_not_an_invalid_one() {
    for blank in ["", " ", "\t\u{A0}\r\n"] {
        assert_eq!(parse(blank, home("KE")), Err(NumberError::Empty));
    }
}

#[test]
fn every_refusal_gives_its_reason() {
    let cases = [
        ("12", NumberError::TooShort),
        ("+999123456789", NumberError::UnknownCountryCode),
        ("07123", NumberError::TooShort),
        ("0712345678901234", NumberError::TooLong),
        ("00254712345678901", NumberError::TooLong),
        ("0912345678", NumberError::NotValid),
    ];
    for (input, reason) in cases {
        assert_eq!(parse(input, home("KE")), Err(reason), "{input:?}");
    }
}

#[test]
fn no_reason_repeats_a_digit_of_the_number() {
    for input in [
        "",
        "n/a",
        "Amina 2 3",
        "0712xxx",
        "2026-11-28",
        "7.50",
        "-71234567",
        "-1.2921, 36.8219",
        "254712345678@lid",
        "7E+11",
        "0712345678/0733123456",
        "0712345678 Amina 34",
        "ID 71234567",
        "a@x.co",
        "+999123456789",
        "07123",
        "0712345678901234",
        "0912345678",
        "256772123456",
    ] {
        let reason = parse(input, home("KE")).unwrap_err().to_string();
        assert!(!reason.contains(|c: char| c.is_ascii_digit()), "{reason}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(input in "\\PC{0,40}", digits in "[+0]{0,3}[0-9 ()./-]{0,20}") {
        let _ = parse(&input, home("KE"));
        let _ = parse(&digits, home("KE"));
    }

    #[test]
    fn a_kenyan_number_that_was_read_is_read_again_as_itself(digits in "([+]?254|00254|0)?[0-9]{7,9}") {
        if let Ok(number) = parse(&digits, home("KE")) {
            prop_assert_eq!(parse(&number.e164(), home("US")), Ok(number));
            prop_assert_eq!(parse(&format!("00{}", number.digits()), home("KE")), Ok(number));
        }
    }
}
