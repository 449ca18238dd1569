//! The codes that Twilio documents for a message, and their meanings.
//!
//! One table for the codes of an answer and those of a report (from 30001 on), because Twilio has one: an answer may
//! have a code of either. The meaning is used for answers only: in a report the status decides.

use domain::outcome::{AccountFault, RefusalReason};

use crate::meaning::Meaning;

/// A row of their table.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    pub number: u32,
    pub title: &'static str,
    pub meaning: Meaning,
}

const fn code(number: u32, title: &'static str, meaning: Meaning) -> Code {
    Code { number, title, meaning }
}

/// Twilio's error dictionary, cut to what a message can meet (`tests/fixtures/twilio_error_codes.json`).
pub const LISTED: [Code; 137] = [
    code(20001, "Unknown parameters", Meaning::Fault(AccountFault::RequestRefused)),
    code(20002, "Invalid FriendlyName", Meaning::Fault(AccountFault::RequestRefused)),
    code(20003, "Permission Denied", Meaning::Fault(AccountFault::Credentials)),
    code(20004, "Method not allowed", Meaning::Fault(AccountFault::RequestRefused)),
    code(20005, "Account not active", Meaning::Fault(AccountFault::OnHold)),
    code(20006, "Access Denied", Meaning::Fault(AccountFault::Credentials)),
    code(20007, "Page size too large", Meaning::Fault(AccountFault::RequestRefused)),
    code(20008, "Test Credentials", Meaning::Fault(AccountFault::Credentials)),
    code(
        20009,
        "Cannot delete this resource before it is complete",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(20010, "Action disabled for account", Meaning::Fault(AccountFault::OnHold)),
    code(20011, "Invalid TLS version", Meaning::Fault(AccountFault::RequestRefused)),
    code(20012, "Invalid TLSv1.2 Cipher Suite", Meaning::Fault(AccountFault::RequestRefused)),
    code(20403, "403 Forbidden", Meaning::Fault(AccountFault::Credentials)),
    code(20404, "Not Found", Meaning::Fault(AccountFault::RequestRefused)),
    code(20409, "Conflict", Meaning::Fault(AccountFault::RequestRefused)),
    code(20410, "Gone", Meaning::Fault(AccountFault::RequestRefused)),
    code(20413, "Request Entity Too Large", Meaning::Fault(AccountFault::RequestRefused)),
    code(20422, "Invalid Parameter", Meaning::Fault(AccountFault::RequestRefused)),
    code(20423, "Invalid SID", Meaning::Fault(AccountFault::RequestRefused)),
    code(20426, "Upgrade Required", Meaning::Fault(AccountFault::RequestRefused)),
    code(20429, "Too Many Requests", Meaning::Throttled),
    code(20500, "Internal Server Error", Meaning::Unknown),
    code(20503, "Service unavailable", Meaning::Unknown),
    code(20504, "Twilio Internal Error", Meaning::Unknown),
    code(21210, "'From' phone number not verified", Meaning::Fault(AccountFault::SenderRefused)),
    code(21211, "Invalid 'To' Phone Number", Meaning::Refused(RefusalReason::InvalidNumber)),
    code(21212, "Invalid 'From' Number", Meaning::Fault(AccountFault::SenderRefused)),
    code(21213, "Caller phone number is required", Meaning::Fault(AccountFault::SenderRefused)),
    code(21214, "'To' phone number cannot be reached", Meaning::Refused(RefusalReason::NotRouted)),
    code(21217, "Phone number does not appear to be valid", Meaning::Refused(RefusalReason::InvalidNumber)),
    code(21218, "Invalid ApplicationSid", Meaning::Fault(AccountFault::RequestRefused)),
    code(21219, "'To' phone number not verified", Meaning::Refused(RefusalReason::UnsupportedDestination)),
    code(
        21408,
        "Permission to send an SMS or MMS has not been enabled for the region indicated by the 'To' number",
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        21601,
        "Phone number is not a valid SMS-capable inbound phone number",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(21602, "Message body is required", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21603,
        "A 'From' or 'MessagingServiceSid' parameter is required to send a message",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21604,
        "The destination 'To' phone number is required to send an SMS",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        21605,
        "Maximum body length is 160 characters (old API endpoint)",
        Meaning::Refused(RefusalReason::TooLong),
    ),
    code(
        21606,
        "The 'From' phone number provided is not a valid message-capable Twilio phone number for this destination/account",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21607,
        "The 'from' phone number must be the sandbox phone number for trial accounts.",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21608,
        "The 'to' phone number provided is not yet verified for this account.",
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(21609, "Invalid 'StatusCallback'", Meaning::Fault(AccountFault::RequestRefused)),
    code(21610, "Attempt to send to unsubscribed recipient", Meaning::Refused(RefusalReason::OptedOut)),
    code(21611, "This 'From' number has exceeded the maximum number of queued messages", Meaning::Throttled),
    code(
        21612,
        "Message cannot be sent with the current combination of 'To' and/or 'From' parameters",
        Meaning::Refused(RefusalReason::NotRouted),
    ),
    code(21613, "PhoneNumber Requires Certification", Meaning::Fault(AccountFault::SenderRefused)),
    code(
        21614,
        "'To' number is not a valid mobile number",
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        21616,
        "The 'From' number matches multiple numbers for your account",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21617,
        "The concatenated message body exceeds the 1600 character limit",
        Meaning::Refused(RefusalReason::TooLong),
    ),
    code(21618, "The message body cannot be sent", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21619,
        "A Message Body, Media URL or Content SID is required",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(21620, "Invalid media URL(s)", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21621,
        "The 'From' number has not been enabled for MMS",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(21622, "MMS has not been enabled for your account", Meaning::Fault(AccountFault::RequestRefused)),
    code(21623, "Number of media files exceeds allowed limit", Meaning::Fault(AccountFault::RequestRefused)),
    code(21624, "Invalid validity period value", Meaning::Fault(AccountFault::RequestRefused)),
    code(21626, "Invalid 'StatusCallbackEvent'", Meaning::Fault(AccountFault::RequestRefused)),
    code(21627, "Max Price must be a valid float", Meaning::Fault(AccountFault::RequestRefused)),
    code(21635, "'To' number cannot be a landline", Meaning::Refused(RefusalReason::UnsupportedDestination)),
    code(21652, "Maximum subject length is 40 characters", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21653,
        "There are more recipient addresses than allowed",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(21654, "ContentSid Required", Meaning::Fault(AccountFault::RequestRefused)),
    code(21655, "The ContentSid is Invalid", Meaning::Fault(AccountFault::RequestRefused)),
    code(21656, "The ContentVariables Parameter is invalid", Meaning::Fault(AccountFault::RequestRefused)),
    code(21657, "The Sender ID is invalid", Meaning::Fault(AccountFault::SenderRefused)),
    code(21658, "Parameter exceeded character limit", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21659,
        "'From' is not a Twilio phone number or Short Code country mismatch",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21660,
        "Mismatch between the 'From' number and the account",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(21661, "'From' number is not SMS-capable", Meaning::Fault(AccountFault::SenderRefused)),
    code(21701, "The Messaging Service does not exist", Meaning::Fault(AccountFault::SenderRefused)),
    code(
        21702,
        "The Messaging Service is not available to send new messages",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21703,
        "The Messaging Service does not have a phone number available to send a message",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21704,
        "The Messaging Service contains no phone numbers",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(21705, "The Messaging Service is invalid", Meaning::Fault(AccountFault::SenderRefused)),
    code(21708, "Alpha Sender ID Missing from the request", Meaning::Fault(AccountFault::SenderRefused)),
    code(
        21709,
        "Alpha Sender ID is Invalid or Not Authorized for this Messaging Service",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21710,
        "Phone Number Already Exists in Messaging Service",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        21711,
        "Phone Number, Shortcode, Destination AlphaSender, and Global AlphaSender is not associated to the specified Messaging Service.",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21712,
        "Phone Number or Short Code is associated with another Messaging Service.",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(21713, "Messaging Service Use Case is Invalid", Meaning::Fault(AccountFault::RequestRefused)),
    code(
        21714,
        "Messaging Service Number Pool size limit reached",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        21715,
        "Phone Number Does Not Have Correct Messaging Service Capabilities",
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        21717,
        "Brand Registration SID for US A2P Campaign Use Case is Not Registered or Not Valid",
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(21719, "Incompatible Messaging Service/A2P Use Cases", Meaning::Fault(AccountFault::RequestRefused)),
    code(30001, "Queue overflow", Meaning::Refused(RefusalReason::Rejected)),
    code(30002, "Account suspended", Meaning::Fault(AccountFault::OnHold)),
    code(30003, "Unreachable destination handset", Meaning::Refused(RefusalReason::Rejected)),
    code(30004, "Message blocked", Meaning::Refused(RefusalReason::Rejected)),
    code(30005, "Unknown destination handset", Meaning::Refused(RefusalReason::Rejected)),
    code(30006, "Landline or unreachable carrier", Meaning::Refused(RefusalReason::Rejected)),
    code(30007, "Message filtered", Meaning::Refused(RefusalReason::Rejected)),
    code(30008, "Unknown error", Meaning::Unknown),
    code(30009, "Missing inbound segment", Meaning::Refused(RefusalReason::Rejected)),
    code(30010, "Message price exceeds max price", Meaning::Refused(RefusalReason::Rejected)),
    code(
        30011,
        "MMS not supported by the receiving phone number in this region",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(30012, "TTL is too small", Meaning::Fault(AccountFault::RequestRefused)),
    code(30013, "TTL is too big", Meaning::Fault(AccountFault::RequestRefused)),
    code(30014, "'To' attributes are Invalid", Meaning::Refused(RefusalReason::Rejected)),
    code(30015, "Non-supported channel type is used", Meaning::Refused(RefusalReason::Rejected)),
    code(30016, "'To' and 'From' channel types are incompatible", Meaning::Refused(RefusalReason::Rejected)),
    code(30017, "Carrier network congestion", Meaning::Refused(RefusalReason::Rejected)),
    code(
        30018,
        "Destination carrier requires sender ID pre-registration",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(30019, "Content size exceeds carrier limit", Meaning::Refused(RefusalReason::Rejected)),
    code(30020, "Internal Failure with Message Scheduling", Meaning::Unknown),
    code(30021, "Internal Failure with messaging service orchestrator", Meaning::Unknown),
    code(30022, "US A2P 10DLC - Rate Limits Exceeded", Meaning::Throttled),
    code(30023, "US A2P 10DLC - Daily Message Cap Reached", Meaning::Throttled),
    code(30024, "Numeric Sender ID Not Provisioned on Carrier", Meaning::Refused(RefusalReason::Rejected)),
    code(
        30025,
        "US A2P 10DLC - 50% T-Mobile Daily Message Limit Consumed",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(
        30026,
        "US A2P 10DLC - 70% T-Mobile Daily Message Limit Consumed",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(30027, "US A2P 10DLC - T-Mobile Daily Message Limit Reached", Meaning::Throttled),
    code(30028, "Invalid API version", Meaning::Fault(AccountFault::RequestRefused)),
    code(30029, "Invalid ContentRetention", Meaning::Fault(AccountFault::RequestRefused)),
    code(30030, "Invalid AddressRetention", Meaning::Fault(AccountFault::RequestRefused)),
    code(30031, "Invalid MaxRate", Meaning::Fault(AccountFault::RequestRefused)),
    code(30032, "Toll-Free Number Has Not Been Verified", Meaning::Refused(RefusalReason::Rejected)),
    code(30033, "US A2P 10DLC - Campaign Suspended", Meaning::Refused(RefusalReason::Rejected)),
    code(
        30034,
        "US A2P 10DLC - Message from an Unregistered Number",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(
        30035,
        "US A2P 10DLC - Message from a number still being configured",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(30036, "Validity Period Expired", Meaning::Refused(RefusalReason::Rejected)),
    code(30037, "Outbound Messaging Disabled", Meaning::Fault(AccountFault::OnHold)),
    code(30038, "OTP Message Body Filtered", Meaning::Refused(RefusalReason::Rejected)),
    code(30039, "Filtered to Prevent Message Loops", Meaning::Refused(RefusalReason::Rejected)),
    code(
        30040,
        "Destination carrier requires Sender ID pre-registration",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(
        30041,
        "Message from an unregistered number sent to a United Kingdom number",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(
        30042,
        "The Sender ID is blocked as generic or it contains special characters",
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(30043, "International SMS via Domestic Gateway", Meaning::Refused(RefusalReason::Rejected)),
    code(30410, "Provider Timeout Error", Meaning::Refused(RefusalReason::Rejected)),
    code(30450, "Message delivery blocked", Meaning::Refused(RefusalReason::Rejected)),
    code(30453, "Message couldn't be delivered", Meaning::Refused(RefusalReason::Rejected)),
    code(30454, "Account exceeded the messages limit", Meaning::Fault(AccountFault::OnHold)),
    code(30485, "Message couldn't be delivered", Meaning::Refused(RefusalReason::Rejected)),
    code(30500, "Twilio Internal Error", Meaning::Unknown),
    code(30610, "Message couldn't be delivered", Meaning::Refused(RefusalReason::Rejected)),
    code(30615, "Message couldn't be delivered", Meaning::Refused(RefusalReason::Rejected)),
    code(30620, "Message couldn't be delivered", Meaning::Refused(RefusalReason::Rejected)),
    code(30630, "Attempt to send to unsubscribed recipient", Meaning::Refused(RefusalReason::OptedOut)),
];

/// Shown instead of a code or word that could be anything, even a phone number.
const UNLISTED: &str = "unlisted";
/// Their codes have five digits, a few six.
const LAST_CODE: u32 = 999_999;
/// Longest unlisted status that is shown.
const LONGEST_WORD: usize = 40;

/// The row of a number.
pub fn by_number(number: u32) -> Option<Code> {
    LISTED.iter().find(|code| code.number == number).copied()
}

/// A code as it may be shown and logged.
pub fn shown(number: u32) -> String {
    if number <= LAST_CODE { number.to_string() } else { UNLISTED.to_owned() }
}

/// A report's code as it may be logged, if the table does not have it.
pub fn unlisted(code: &str) -> Option<String> {
    let number = code.parse().ok();
    let is_listed = number.and_then(by_number).is_some();
    (!is_listed).then(|| number.map_or_else(|| UNLISTED.to_owned(), shown))
}

/// An unlisted status as it may be logged.
pub fn shown_word(word: &str) -> String {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    let shown = word.len() <= LONGEST_WORD && word.bytes().all(is_word);
    if shown { word.to_owned() } else { UNLISTED.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::testing::json_fixture;

    #[test]
    fn exactly_the_documented_codes_are_listed() {
        let documented: BTreeMap<String, String> =
            serde_json::from_value(json_fixture("twilio_error_codes.json")["codes"].clone()).unwrap();
        let listed: BTreeMap<_, _> =
            LISTED.iter().map(|code| (code.number.to_string(), code.title.to_owned())).collect();
        assert_eq!(listed, documented);
        assert_eq!(listed.len(), LISTED.len(), "a code is listed twice");
    }

    #[test]
    fn a_code_that_could_be_a_phone_number_is_not_shown() {
        assert_eq!((shown(20_003).as_str(), shown(254_711_000).as_str()), ("20003", UNLISTED));
        assert_eq!(unlisted("30003"), None);
        assert_eq!(unlisted("39999").as_deref(), Some("39999"));
        assert_eq!(unlisted("+254711000001").as_deref(), Some(UNLISTED));
        assert_eq!((shown_word("relayed"), shown_word("0711000001").as_str()), ("relayed".into(), UNLISTED));
    }
}
