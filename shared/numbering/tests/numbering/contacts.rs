//! Imports of two address books as people export them.

use std::collections::BTreeSet;

use domain::msisdn::Msisdn;
use numbering::NumberError;
use serde_json::{Value, json};

use crate::fixture;

#[derive(Default)]
struct Import {
    rows: u64,
    no_phone: u64,
    invalid_phone: u64,
    phones: BTreeSet<Msisdn>,
}

impl Import {
    fn of(book: &str) -> Self {
        let file = fixture::path(&format!("contacts/{book}.csv"));
        let mut reader = csv::Reader::from_path(file).unwrap();
        let phone_column = reader.headers().unwrap().iter().position(|name| name == "Phone").unwrap();
        let mut import = Self::default();
        for row in reader.records() {
            import.read(&row.unwrap()[phone_column]);
        }
        import
    }

    fn read(&mut self, cell: &str) {
        self.rows += 1;
        match fixture::parse(cell, fixture::home("KE")) {
            Ok(phone) => drop(self.phones.insert(phone)),
            Err(NumberError::Empty) => self.no_phone += 1,
            Err(_) => self.invalid_phone += 1,
        }
    }

    fn counts(&self) -> Value {
        json!({
            "rows": self.rows,
            "no_phone": self.no_phone,
            "invalid_phone": self.invalid_phone,
            "unique_phones": self.phones.len(),
        })
    }
}

#[test]
fn an_import_of_two_messy_books_gives_exactly_their_numbers() {
    let expected = fixture::json("contacts/expected.json");
    let premium = Import::of("premium_customers");
    let newsletter = Import::of("newsletter_subscribers");
    assert_eq!(premium.counts(), expected["premium_customers"]);
    assert_eq!(newsletter.counts(), expected["newsletter_subscribers"]);

    let both = &premium.phones | &newsletter.phones;
    let counts = json!({
        "unique_phones": both.len(),
        "in_both_books": (&premium.phones & &newsletter.phones).len(),
        "kenyan": both.iter().filter(|phone| phone.digits().starts_with("254")).count(),
    });
    assert_eq!(counts, expected["both"]);
}
