//! The status codes of one recipient that Africa's Talking documents, and their meanings.

use domain::outcome::{AccountFault, RefusalReason};

pub use crate::meaning::Meaning;

/// A row of their table.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    pub number: u16,
    /// Name in `status`, and in `Message` if all recipients are refused.
    pub word: &'static str,
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

/// Shown instead of a code or word that could be anything, even a phone number.
pub const UNLISTED: &str = "unlisted";
/// Longest unlisted word that is shown, in letters.
const LONGEST_WORD: usize = 40;
/// No code has more than three digits.
const LAST_CODE: u64 = 999;

/// An unlisted code as it may be shown and logged.
pub fn shown_number(number: u64) -> String {
    if number <= LAST_CODE { number.to_string() } else { UNLISTED.to_owned() }
}

/// An unlisted word as it may be shown and logged.
pub fn shown_word(word: &str) -> String {
    if is_word(word.trim()) { word.trim().to_owned() } else { UNLISTED.to_owned() }
}

/// Whether a text can be one of their words: letters only.
pub fn is_word(text: &str) -> bool {
    (1..=LONGEST_WORD).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The row of a number.
pub fn by_number(number: u64) -> Option<Code> {
    LISTED.into_iter().find(|code| u64::from(code.number) == number)
}

/// The row of a word.
pub fn by_word(word: &str) -> Option<Code> {
    LISTED.into_iter().find(|code| code.word == word)
}
