//! Numbers of other countries without their plus.

use numbering::NumberError;

use crate::fixture::{home, json, parse, priced as read};

#[test]
fn a_foreign_mobile_number_without_a_plus_is_read_if_it_has_a_price() {
    let kenya = home("KE");
    for (cell, prefix, number) in [
        ("256772123456", "256", "+256772123456"),
        ("256 772 123456", "256772", "+256772123456"),
        ("447400123456", "44", "+447400123456"),
        ("447400123456", "", "+447400123456"),
        ("12025550123", "1", "+12025550123"),
        ("256772123456.0", "256", "+256772123456"),
        ("2.56772123456E+11", "256", "+256772123456"),
        ("Amina 256772123456", "256", "+256772123456"),
    ] {
        assert_eq!(read(cell, kenya, &["254", prefix]).as_deref(), Some(number), "{cell}");
        assert_eq!(parse(cell, kenya), Err(NumberError::WithoutPlus), "{cell} without a price");
    }
    assert_eq!(read("256414123456", kenya, &["254", "256"]), None, "a landline in Kampala");
    assert_eq!(read("0256772123456", kenya, &["254", "256"]), None, "a zero is no country code's");
    assert_eq!(read("25677212345", kenya, &["254", "256"]), None, "a digit is missing");
    assert_eq!(read("+256414123456", kenya, &["254"]).as_deref(), Some("+256414123456"), "with a plus, any");
}

#[test]
fn the_home_countrys_reading_takes_precedence() {
    // To the United States these ten digits are a number in California, and with a plus they are one in Rwanda.
    assert_eq!(read("2507851234", home("US"), &["1", "250"]).as_deref(), Some("+12507851234"));
    for (country, row) in json("phone_forms.json")["homes"].as_object().unwrap() {
        for row in row.as_array().unwrap() {
            let Some(expected) = row[1].as_str() else { continue };
            let read = read(row[0].as_str().unwrap(), home(country), &[""]);
            assert_eq!(read.as_deref(), Some(expected), "{row} in {country}");
        }
    }
}

#[test]
fn the_same_cell_is_a_number_of_the_country_that_the_import_names() {
    assert_eq!(read("0772123456", home("UG"), &[]).as_deref(), Some("+256772123456"));
    assert_eq!(read("0772123456", home("KE"), &[]).as_deref(), Some("+254772123456"));
}
