//! The status codes of one recipient that Africa's Talking documents, and what each means for us.

use domain::outcome::{AccountFault, RefusalReason};

/// What a listed code says of a recipient.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meaning {
    /// Taken: on its way or queued there.
    Accepted,
    /// Never taken; for good.
    Refused(RefusalReason),
    /// Not taken, for a passing reason of theirs.
    NotNow,
    /// Not taken, for a reason that every recipient meets.
    Fault(AccountFault),
}

/// A row of their table.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// Their number.
    pub number: u16,
    /// Their word, as it stands in `status`, and in `Message` where everybody is refused.
    pub word: &'static str,
    /// What it means.
    pub meaning: Meaning,
}

const fn code(number: u16, word: &'static str, meaning: Meaning) -> Code {
    Code { number, word, meaning }
}

/// developers.africastalking.com, "Sending SMS", response parameters. `Success` is the word for 101 in
/// practice.
pub const LISTED: [Code; 15] = [
    code(100, "Processed", Meaning::Accepted),
    code(101, "Sent", Meaning::Accepted),
    code(101, "Success", Meaning::Accepted),
    code(102, "Queued", Meaning::Accepted),
    code(401, "RiskHold", Meaning::Fault(AccountFault::OnHold)),
    code(402, "InvalidSenderId", Meaning::Fault(AccountFault::SenderRefused)),
    code(403, "InvalidPhoneNumber", Meaning::Refused(RefusalReason::InvalidNumber)),
    code(404, "UnsupportedNumberType", Meaning::Refused(RefusalReason::UnsupportedDestination)),
    code(405, "InsufficientBalance", Meaning::Fault(AccountFault::BalanceEmpty)),
    code(406, "UserInBlacklist", Meaning::Refused(RefusalReason::OptedOut)),
    code(407, "CouldNotRoute", Meaning::Refused(RefusalReason::NotRouted)),
    code(409, "DoNotDisturbRejection", Meaning::Refused(RefusalReason::DoNotDisturb)),
    code(500, "InternalServerError", Meaning::NotNow),
    code(501, "GatewayError", Meaning::NotNow),
    code(502, "RejectedByGateway", Meaning::Refused(RefusalReason::Rejected)),
];

/// The row of a number.
pub fn by_number(number: u64) -> Option<Code> {
    LISTED.into_iter().find(|code| u64::from(code.number) == number)
}

/// The row of a word.
pub fn by_word(word: &str) -> Option<Code> {
    LISTED.into_iter().find(|code| code.word == word)
}
