//! Compares with the Python port of libphonenumber, except for the rule for 00.

use crate::fixture::{e164, home, json, read};

#[test]
fn the_sample_is_read_as_by_libphonenumber_except_for_a_leading_00() {
    let sample = json("phone_normalisation_sample.json");
    let rows = sample["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 80);
    for row in rows {
        let input = row["input"].as_str().unwrap();
        let expected = match input {
            // Kenya dials 000 abroad, so libphonenumber refuses this; people write it.
            "00254712345678" => Some("+254712345678"),
            _ => row["e164"].as_str(),
        };
        assert_eq!(e164(input, home("KE")).as_deref(), expected, "{input:?}");
    }
}

#[test]
fn seven_home_countries_agree_with_an_independent_implementation() {
    let differential = json("phone_differential.json");
    let homes = differential["homes"].as_object().unwrap();
    assert_eq!(homes.len(), 7);
    for (country, rows) in homes {
        let rows = rows.as_array().unwrap();
        assert!(rows.len() > 90);
        for row in rows {
            let input = row[0].as_str().unwrap();
            let read = e164(input, home(country));
            assert_eq!(read.as_deref(), row[1].as_str(), "{input:?} in {country}");
        }
    }
}

#[test]
fn eleven_home_countries_agree_on_every_form_of_every_type_of_number() {
    let forms = json("phone_forms.json");
    let homes = forms["homes"].as_object().unwrap();
    assert_eq!(homes.len(), 11);
    for (country, rows) in homes {
        let rows = rows.as_array().unwrap();
        assert!(rows.len() > 250, "{country}");
        for row in rows {
            let input = row[0].as_str().unwrap();
            let read = read(input, home(country)).ok();
            let number = read.map(|phone| phone.number.e164());
            assert_eq!(number.as_deref(), row[1].as_str(), "{input:?} in {country}");
            let line = read.map(|phone| phone.line.as_str());
            assert_eq!(line, row[2].as_str().map(in_our_words).as_deref(), "{input:?} in {country}");
        }
    }
}

fn in_our_words(kind: &str) -> String {
    match kind {
        "PERSONAL_NUMBER" => "personal".to_owned(),
        "UAN" => "company".to_owned(),
        kind => kind.to_lowercase(),
    }
}
