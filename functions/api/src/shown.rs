//! Money and times as answers show them.

use domain::{money::Money, organisation::Organisation, timestamp::Timestamp};

/// A cost: currency, space, decimals.
pub fn money(organisation: &Organisation, amount: Money) -> String {
    organisation.currency.show(amount)
}

/// An amount whose currency is in another field.
pub fn decimal(organisation: &Organisation, amount: Money) -> String {
    organisation.currency.decimal(amount)
}

/// A time: RFC 3339 at the organisation's offset.
pub fn time(organisation: &Organisation, at: Timestamp) -> String {
    at.rfc3339(organisation.offset)
}
