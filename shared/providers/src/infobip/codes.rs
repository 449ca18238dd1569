//! The statuses of a message that Infobip documents, and their meanings.

use domain::{
    outcome::{AccountFault, RefusalReason},
    receipt::Reported,
};

use crate::meaning::Meaning;

/// A row of Infobip's table of statuses.
#[derive(Clone, Copy, Debug)]
pub struct Status {
    pub id: u32,
    pub name: &'static str,
    /// The meaning in the answer to a hand-over.
    pub meaning: Meaning,
    /// The meaning in a report.
    pub reported: Reported,
}

const fn status(id: u32, name: &'static str, meaning: Meaning, reported: Reported) -> Status {
    Status { id, name, meaning, reported }
}

/// Infobip's general statuses (`tests/fixtures/infobip_statuses.json`).
///
/// - 2 is not final, though its group is called delivered.
/// - 23 says that Infobip received this message before: it may have taken it then.
/// - 29 says that Infobip does not know what became of the message.
/// - 87 appears in two groups; it is final in both.
/// - 100 may mean that the service is not available for a while.
pub const LISTED: [Status; 33] = [
    status(2, "DELIVERED_TO_OPERATOR", Meaning::Accepted, Reported::InTransit),
    status(3, "PENDING_WAITING_DELIVERY", Meaning::Accepted, Reported::InTransit),
    status(
        4,
        "UNDELIVERABLE_REJECTED_OPERATOR",
        Meaning::Refused(RefusalReason::Rejected),
        Reported::Undelivered,
    ),
    status(5, "DELIVERED_TO_HANDSET", Meaning::Accepted, Reported::Delivered),
    status(6, "REJECTED_NETWORK", Meaning::Refused(RefusalReason::NotRouted), Reported::Undelivered),
    status(7, "PENDING_ENROUTE", Meaning::Accepted, Reported::InTransit),
    status(
        8,
        "REJECTED_PREFIX_MISSING",
        Meaning::Refused(RefusalReason::InvalidNumber),
        Reported::Undelivered,
    ),
    status(
        9,
        "UNDELIVERABLE_NOT_DELIVERED",
        Meaning::Refused(RefusalReason::Rejected),
        Reported::Undelivered,
    ),
    status(10, "REJECTED_DND", Meaning::Refused(RefusalReason::DoNotDisturb), Reported::Undelivered),
    status(11, "REJECTED_SOURCE", Meaning::Fault(AccountFault::SenderRefused), Reported::Undelivered),
    status(
        12,
        "REJECTED_NOT_ENOUGH_CREDITS",
        Meaning::Fault(AccountFault::BalanceEmpty),
        Reported::Undelivered,
    ),
    status(13, "REJECTED_SENDER", Meaning::Fault(AccountFault::SenderRefused), Reported::Undelivered),
    status(
        14,
        "REJECTED_DESTINATION_BLOCKLISTED",
        Meaning::Refused(RefusalReason::Rejected),
        Reported::Undelivered,
    ),
    status(15, "EXPIRED_EXPIRED", Meaning::Unknown, Reported::Undelivered),
    status(
        17,
        "REJECTED_PREPAID_PACKAGE_EXPIRED",
        Meaning::Fault(AccountFault::BalanceEmpty),
        Reported::Undelivered,
    ),
    status(
        18,
        "REJECTED_DESTINATION_NOT_REGISTERED",
        Meaning::Refused(RefusalReason::UnsupportedDestination),
        Reported::Undelivered,
    ),
    status(
        19,
        "REJECTED_ROUTE_NOT_AVAILABLE",
        Meaning::Refused(RefusalReason::NotRouted),
        Reported::Undelivered,
    ),
    status(20, "REJECTED_FLOODING_FILTER", Meaning::NotNow, Reported::Undelivered),
    status(21, "REJECTED_SYSTEM_ERROR", Meaning::NotNow, Reported::Undelivered),
    status(23, "REJECTED_DUPLICATE_MESSAGE_ID", Meaning::Unknown, Reported::Undelivered),
    status(24, "REJECTED_INVALID_UDH", Meaning::Fault(AccountFault::RequestRefused), Reported::Undelivered),
    status(25, "REJECTED_MESSAGE_TOO_LONG", Meaning::Refused(RefusalReason::TooLong), Reported::Undelivered),
    status(26, "PENDING_ACCEPTED", Meaning::Accepted, Reported::InTransit),
    status(29, "EXPIRED_DLR_UNKNOWN", Meaning::Unknown, Reported::InTransit),
    status(31, "UNDELIVERABLE_NOT_SENT", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(51, "MISSING_TO", Meaning::Fault(AccountFault::RequestRefused), Reported::Undelivered),
    status(52, "REJECTED_DESTINATION", Meaning::Refused(RefusalReason::InvalidNumber), Reported::Undelivered),
    status(87, "SIGNALS_BLOCKED", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(96, "NO_ANSWER", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(97, "BUSY", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(98, "CANCELLED", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(99, "REJECTED", Meaning::Refused(RefusalReason::Rejected), Reported::Undelivered),
    status(100, "UNDELIVERABLE_REJECTED_PLATFORM", Meaning::NotNow, Reported::Undelivered),
];

/// The group of what Infobip did not take (REJECTED).
pub const REJECTED_GROUP: u32 = 5;

/// Shown instead of a name that could be anything, even a phone number.
const UNLISTED: &str = "unlisted";
/// Longest unlisted name that is shown.
const LONGEST_NAME: usize = 40;

/// The row of a number.
pub fn by_id(id: u32) -> Option<Status> {
    LISTED.iter().find(|status| status.id == id).copied()
}

/// A name as it may be shown and logged.
pub fn shown(name: &str) -> String {
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    let shown = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_name);
    if shown { name.to_owned() } else { UNLISTED.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::json_fixture;

    #[test]
    fn exactly_the_documented_statuses_are_listed() {
        let fixture = json_fixture("infobip_statuses.json");
        let rows = fixture["statuses"].as_array().unwrap();
        let documented: BTreeSet<(u64, &str)> =
            rows.iter().map(|row| (row["id"].as_u64().unwrap(), row["name"].as_str().unwrap())).collect();
        let listed: BTreeSet<_> = LISTED.iter().map(|status| (u64::from(status.id), status.name)).collect();
        assert_eq!((listed.len(), listed), (LISTED.len(), documented));
    }

    #[test]
    fn a_name_that_could_be_a_phone_number_is_not_shown() {
        assert_eq!(
            (shown("REJECTED_NEW").as_str(), shown("+254711000001").as_str()),
            ("REJECTED_NEW", UNLISTED)
        );
    }
}
