//! Messages as CSV.

use web::export::{Cell, CsvRow, MAX_BODY_BYTES};

use super::row::{Cost, MessageRow};

/// Bytes of the largest possible row, escaped. A provider's word of n printable bytes may be all
/// quotation marks, each doubled by CSV and escaped by JSON: 4n, and 5 for the cell's own quotation marks
/// and an apostrophe (see [`Cell::Text`]).
///
/// id 36 + mobile 16 + sender 12 + status 11 + network (40) 165 + provider's id (100) 405 + code (40) 165
/// + our sentence 91 + parts 3 + cost 22 + currency 3 + time 25 + commas and line end 13 = 967.
const LARGEST_ROW_BYTES: u64 = 1_000;
/// Rows of one answer: as many as fit even if every cell is as long as it can be.
pub const MAX_ROWS: u64 = MAX_BODY_BYTES / LARGEST_ROW_BYTES;

impl CsvRow for MessageRow {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "mobile",
        "sender_id",
        "status",
        "network",
        "provider_message_id",
        "error_code",
        "error",
        "parts",
        "cost",
        "currency",
        "updated_at",
    ];

    fn cells(&self) -> Vec<Cell<'_>> {
        let Cost { currency, amount } = self.cost;
        let optional = |text: &'_ Option<String>| Cell::text(text.clone().unwrap_or_default());
        vec![
            Cell::plain(self.id.to_string()),
            // A sign and digits are not a formula. An import reads them back.
            Cell::plain(self.mobile.as_ref().map(|mobile| format!("+{mobile}")).unwrap_or_default()),
            Cell::text(&self.sender_id),
            Cell::plain(self.status),
            optional(&self.network),
            optional(&self.provider_message_id),
            optional(&self.error_code),
            optional(&self.error),
            Cell::plain(self.parts.to_string()),
            Cell::plain(currency.decimal(amount)),
            Cell::plain(currency.to_string()),
            Cell::plain(&self.updated_at),
        ]
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        journal::Cause,
        money::{Currency, Money},
        receipt::MAX_WORD_BYTES,
    };
    use web::export::write;

    use super::*;

    #[test]
    fn the_largest_possible_rows_fit_lambdas_answer() {
        let quotes = |count: usize| Some("\"".repeat(count));
        let row = MessageRow {
            id: uuid::Uuid::max(),
            mobile: Some("9".repeat(15)),
            sender_id: "-".repeat(11),
            status: "unconfirmed",
            network: quotes(MAX_WORD_BYTES),
            provider_message_id: quotes(100),
            error_code: quotes(MAX_WORD_BYTES),
            error: Some(Cause::NoAnswer.sentence().to_owned()),
            parts: u8::MAX,
            cost: Cost { currency: Currency::KES, amount: Money::from_ten_thousandths(i64::MIN + 1) },
            updated_at: "2026-11-23T20:13:27+03:00".to_owned(),
        };
        let escaped = |rows: &[MessageRow]| {
            let body = String::from_utf8(write(rows).unwrap()).unwrap();
            serde_json::to_string(&body).unwrap().len() as u64
        };
        let one = escaped(&[row]) - escaped(&[]);
        assert!((900..=LARGEST_ROW_BYTES).contains(&one), "{one}");
    }
}
