//! The table of stored bytes.

use super::{bill::CampaignBill, stored::KINDS};
use crate::support::table::{Table, count, short};

/// Prints the bytes of each bill's campaign, for one recipient.
pub fn print(bills: &[CampaignBill]) {
    let mut columns = vec!["recipients", "when"];
    columns.extend(KINDS.map(|(_, kind)| kind));
    let title = "Stored bytes for one recipient (two books hold 1.2 contacts for each)";
    let mut table = Table::new(title, &columns);
    for CampaignBill { recipients, dispatched, reported, .. } in bills {
        for (when, stored) in [("dispatched", dispatched), ("reported", reported)] {
            let mut row = vec![count(*recipients as u64), when.to_owned()];
            row.extend(KINDS.map(|(_, kind)| short(stored.of(kind) / *recipients as f64)));
            table.row(row);
        }
    }
    table.print();
}
