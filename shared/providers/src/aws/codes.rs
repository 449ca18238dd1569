//! The errors and events that AWS End User Messaging SMS documents for a text, and their meanings.

use domain::{
    outcome::{AccountFault, RefusalReason},
    receipt::Reported,
};

use crate::meaning::Meaning;

/// A row of the tables of errors.
#[derive(Clone, Copy, Debug)]
pub struct Code {
    /// The error's name.
    pub error: &'static str,
    /// The exception's `Reason`, or the `ResourceType` of a resource that was not found; `None` if it has none or an
    /// unlisted one.
    pub reason: Option<&'static str>,
    pub meaning: Meaning,
}

const fn code(error: &'static str, reason: Option<&'static str>, meaning: Meaning) -> Code {
    Code { error, reason, meaning }
}

/// The errors of `SendTextMessage` with every reason of the service's model
/// (`tests/fixtures/aws_eum_sendtextmessage_model.json`); most reasons are of its other operations.
pub const LISTED: [Code; 140] = [
    code("AccessDeniedException", None, Meaning::Fault(AccountFault::Credentials)),
    code(
        "AccessDeniedException",
        Some("INSUFFICIENT_ACCOUNT_REPUTATION"),
        Meaning::Fault(AccountFault::OnHold),
    ),
    code("AccessDeniedException", Some("ACCOUNT_DISABLED"), Meaning::Fault(AccountFault::OnHold)),
    code("ConflictException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("CREATE_REGISTRATION_VERSION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("DELETION_PROTECTION_ENABLED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        "ConflictException",
        Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"),
        Meaning::Refused(RefusalReason::OptedOut),
    ),
    code(
        "ConflictException",
        Some("DISASSOCIATE_REGISTRATION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("DISCARD_REGISTRATION_VERSION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("EVENT_DESTINATION_MISMATCH"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ConflictException", Some("KEYWORD_MISMATCH"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ConflictException", Some("LAST_PHONE_NUMBER"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("NUMBER_CAPABILITIES_MISMATCH"),
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code("ConflictException", Some("MESSAGE_TYPE_MISMATCH"), Meaning::Fault(AccountFault::SenderRefused)),
    code(
        "ConflictException",
        Some("NO_ORIGINATION_IDENTITIES_FOUND"),
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code("ConflictException", Some("OPT_OUT_LIST_MISMATCH"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("PHONE_NUMBER_ASSOCIATED_TO_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PHONE_NUMBER_NOT_ASSOCIATED_TO_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PHONE_NUMBER_NOT_IN_REGISTRATION_REGION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("REGISTRATION_ALREADY_SUBMITTED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("REGISTRATION_NOT_COMPLETE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("RESOURCE_ALREADY_ASSOCIATED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("SENDER_ID_ASSOCIATED_TO_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("RCS_AGENT_ASSOCIATED_TO_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("POOL_ASSOCIATED_TO_NOTIFY_CONFIGURATION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ConflictException", Some("RESOURCE_ALREADY_EXISTS"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("RESOURCE_DELETION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("RESOURCE_MODIFICATION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ConflictException", Some("RESOURCE_NOT_ACTIVE"), Meaning::Fault(AccountFault::SenderRefused)),
    code("ConflictException", Some("RESOURCE_NOT_EMPTY"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("SELF_MANAGED_OPT_OUTS_MISMATCH"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ConflictException", Some("TWO_WAY_CONFIG_MISMATCH"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ConflictException",
        Some("VERIFICATION_CODE_EXPIRED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("VERIFICATION_ALREADY_COMPLETE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PROTECT_CONFIGURATION_IS_ACCOUNT_DEFAULT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PROTECT_CONFIGURATION_ASSOCIATED_WITH_CONFIGURATION_SET"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("PROTECT_CONFIGURATION_NOT_ASSOCIATED_WITH_CONFIGURATION_SET"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        "ConflictException",
        Some("DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE"),
        Meaning::Refused(RefusalReason::Rejected),
    ),
    code(
        "ConflictException",
        Some("RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ConflictException",
        Some("NOTIFY_CONFIGURATION_NOT_ACTIVE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ServiceQuotaExceededException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ServiceQuotaExceededException",
        Some("ASSOCIATIONS_PER_REGISTRATION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("CONFIGURATION_SETS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("DAILY_DESTINATION_CALL_LIMIT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("DAILY_NOTIFY_TIER_MESSAGE_LIMIT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("EVENT_DESTINATIONS_PER_CONFIGURATION_SET"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("KEYWORDS_PER_PHONE_NUMBER"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("KEYWORDS_PER_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_MEDIA"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_NOTIFY"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_RCS"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
        Meaning::Fault(AccountFault::BalanceEmpty),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_VOICE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("NOTIFY_CONFIGURATIONS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("OPT_OUT_LISTS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("ORIGINATION_IDENTITIES_PER_POOL"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("PHONE_NUMBERS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("PHONE_NUMBERS_PER_REGISTRATION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("POOLS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("RCS_AGENTS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("REGISTRATION_ATTACHMENTS_CREATED_PER_DAY"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("REGISTRATION_ATTACHMENTS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("REGISTRATION_VERSIONS_CREATED_PER_DAY"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("REGISTRATIONS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("SENDER_IDS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("TAGS_PER_RESOURCE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("VERIFIED_DESTINATION_NUMBERS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("VERIFICATION_ATTEMPTS_PER_DAY"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ServiceQuotaExceededException",
        Some("PROTECT_CONFIGURATIONS_PER_ACCOUNT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("CANNOT_ADD_OPTED_OUT_NUMBER"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("CANNOT_PARSE"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ValidationException", Some("CHANNEL_NOT_ENABLED"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ValidationException", Some("COUNTRY_CODE_MISMATCH"), Meaning::Refused(RefusalReason::NotRouted)),
    code(
        "ValidationException",
        Some("COUNTRY_NOT_ENABLED"),
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        "ValidationException",
        Some("DESTINATION_COUNTRY_BLOCKED"),
        Meaning::Refused(RefusalReason::UnsupportedDestination),
    ),
    code(
        "ValidationException",
        Some("FIELD_VALIDATION_FAILED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("ATTACHMENT_TYPE_NOT_SUPPORTED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("INTERNATIONAL_SENDING_NOT_SUPPORTED"),
        Meaning::Refused(RefusalReason::NotRouted),
    ),
    code("ValidationException", Some("INVALID_ARN"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ValidationException", Some("INVALID_FILTER_VALUES"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
        Meaning::Refused(RefusalReason::NotRouted),
    ),
    code("ValidationException", Some("INVALID_NEXT_TOKEN"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ValidationException", Some("INVALID_PARAMETER"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ValidationException", Some("INVALID_REQUEST"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("INVALID_REGISTRATION_ASSOCIATION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("MAXIMUM_SIZE_EXCEEDED"), Meaning::Refused(RefusalReason::TooLong)),
    code(
        "ValidationException",
        Some("MEDIA_TYPE_NOT_SUPPORTED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("MISSING_PARAMETER"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("PARAMETERS_CANNOT_BE_USED_TOGETHER"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("PHONE_NUMBER_CANNOT_BE_OPTED_IN"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("PHONE_NUMBER_CANNOT_BE_RELEASED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("PRICE_OVER_THRESHOLD"), Meaning::Refused(RefusalReason::NotRouted)),
    code("ValidationException", Some("RESOURCE_NOT_ACCESSIBLE"), Meaning::Fault(AccountFault::SenderRefused)),
    code(
        "ValidationException",
        Some("REQUESTED_SPEND_LIMIT_HIGHER_THAN_SERVICE_LIMIT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("SENDER_ID_NOT_REGISTERED"),
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code("ValidationException", Some("SENDER_ID_NOT_SUPPORTED"), Meaning::Refused(RefusalReason::NotRouted)),
    code(
        "ValidationException",
        Some("SENDER_ID_REQUIRES_REGISTRATION"),
        Meaning::Fault(AccountFault::SenderRefused),
    ),
    code(
        "ValidationException",
        Some("TWO_WAY_TOPIC_NOT_PRESENT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("TWO_WAY_NOT_ENABLED"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("TWO_WAY_NOT_SUPPORTED_IN_COUNTRY"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("TWO_WAY_NOT_SUPPORTED_IN_REGION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("TWO_WAY_CHANNEL_NOT_PRESENT"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("UNKNOWN_REGISTRATION_FIELD"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("UNKNOWN_REGISTRATION_SECTION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("UNKNOWN_REGISTRATION_TYPE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("UNKNOWN_REGISTRATION_VERSION"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("UNKNOWN_OPERATION"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ValidationException",
        Some("REGISTRATION_FIELD_CANNOT_BE_DELETED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("VERIFICATION_CODE_MISMATCH"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("VOICE_CAPABILITY_NOT_AVAILABLE"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ValidationException",
        Some("UNSPECIFIED_PARAMETER_NOT_SUPPORTED"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ValidationException", Some("OTHER"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("account"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("phone-number"), Meaning::Fault(AccountFault::SenderRefused)),
    code("ResourceNotFoundException", Some("sender-id"), Meaning::Fault(AccountFault::SenderRefused)),
    code("ResourceNotFoundException", Some("pool"), Meaning::Fault(AccountFault::SenderRefused)),
    code(
        "ResourceNotFoundException",
        Some("configuration-set"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ResourceNotFoundException", Some("opt-out-list"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ResourceNotFoundException",
        Some("event-destination"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ResourceNotFoundException", Some("keyword"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("opted-out-number"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("registration"), Meaning::Fault(AccountFault::RequestRefused)),
    code(
        "ResourceNotFoundException",
        Some("registration-attachment"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ResourceNotFoundException",
        Some("verified-destination-number"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ResourceNotFoundException",
        Some("protect-configuration"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code(
        "ResourceNotFoundException",
        Some("notify-configuration"),
        Meaning::Fault(AccountFault::RequestRefused),
    ),
    code("ResourceNotFoundException", Some("notify-template"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("message-template"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("policy"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("message"), Meaning::Fault(AccountFault::RequestRefused)),
    code("ResourceNotFoundException", Some("rcs-agent"), Meaning::Fault(AccountFault::RequestRefused)),
    code("InternalServerException", None, Meaning::Unknown),
    code("ThrottlingException", None, Meaning::Throttled),
];

/// Errors that AWS gives before a request reaches the service ("Common Error Types" of its API references).
pub const COMMON: [Code; 14] = [
    code("ExpiredTokenException", None, Meaning::Fault(AccountFault::Credentials)),
    code("IncompleteSignature", None, Meaning::Fault(AccountFault::Credentials)),
    code("IncompleteSignatureException", None, Meaning::Fault(AccountFault::Credentials)),
    code("InternalFailure", None, Meaning::Unknown),
    code("InvalidClientTokenId", None, Meaning::Fault(AccountFault::Credentials)),
    code("InvalidSignatureException", None, Meaning::Fault(AccountFault::Credentials)),
    code("MissingAuthenticationTokenException", None, Meaning::Fault(AccountFault::Credentials)),
    code("NotAuthorized", None, Meaning::Fault(AccountFault::Credentials)),
    code("OptInRequired", None, Meaning::Fault(AccountFault::OnHold)),
    code("RequestExpired", None, Meaning::Fault(AccountFault::Credentials)),
    code("SerializationException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code("ServiceUnavailable", None, Meaning::Unknown),
    code("UnknownOperationException", None, Meaning::Fault(AccountFault::RequestRefused)),
    code("UnrecognizedClientException", None, Meaning::Fault(AccountFault::Credentials)),
];

/// The events of a text (`EventType` of the model), and what each reports.
///
/// In some countries `TEXT_SUCCESSFUL`, a text that the carrier took, is the last event; it is then marked as final. The
/// service gives `TEXT_UNKNOWN` after 72 hours without a final event: nothing is proven of the text.
pub const EVENTS: [(&str, Event); 15] = [
    ("TEXT_SENT", Event::Is(Reported::InTransit)),
    ("TEXT_QUEUED", Event::Is(Reported::InTransit)),
    ("TEXT_PENDING", Event::Is(Reported::InTransit)),
    ("TEXT_SUCCESSFUL", Event::DeliveredIfFinal),
    ("TEXT_DELIVERED", Event::Is(Reported::Delivered)),
    ("TEXT_UNKNOWN", Event::Is(Reported::InTransit)),
    ("TEXT_INVALID", Event::Is(Reported::Undelivered)),
    ("TEXT_INVALID_MESSAGE", Event::Is(Reported::Undelivered)),
    ("TEXT_UNREACHABLE", Event::Is(Reported::Undelivered)),
    ("TEXT_CARRIER_UNREACHABLE", Event::Is(Reported::Undelivered)),
    ("TEXT_BLOCKED", Event::Is(Reported::Undelivered)),
    ("TEXT_CARRIER_BLOCKED", Event::Is(Reported::Undelivered)),
    ("TEXT_SPAM", Event::Is(Reported::Undelivered)),
    ("TEXT_TTL_EXPIRED", Event::Is(Reported::Undelivered)),
    ("TEXT_PROTECT_BLOCKED", Event::Is(Reported::Undelivered)),
];

/// The report of an event.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// Always the same.
    Is(Reported),
    /// A delivery if the event is the last of its text, else a step on the way.
    DeliveredIfFinal,
}

impl Event {
    pub const fn reported(self, is_final: bool) -> Reported {
        match (self, is_final) {
            (Self::Is(reported), _) => reported,
            (Self::DeliveredIfFinal, true) => Reported::Delivered,
            (Self::DeliveredIfFinal, false) => Reported::InTransit,
        }
    }
}

/// Longest unlisted name that is shown.
const LONGEST_NAME: usize = 80;
/// Shown instead of a name that could be anything, even a phone number.
const UNLISTED: &str = "unlisted";

/// The row of an error; of an unlisted reason, the row without one.
pub fn find(error: &str, reason: Option<&str>) -> Option<Code> {
    let rows = || LISTED.iter().chain(&COMMON).filter(|code| code.error == error);
    let exact = rows().find(|code| code.reason == reason);
    exact.or_else(|| rows().find(|code| code.reason.is_none())).copied()
}

/// An error as it may be shown and logged: its reason, or its name.
pub fn shown(error: &str, reason: Option<&str>) -> String {
    shown_if(reason.unwrap_or(error), |byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
}

/// An event's name as it may be shown and logged.
pub fn shown_event(name: &str) -> String {
    shown_if(name, |byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn shown_if(name: &str, is_part: impl Fn(u8) -> bool) -> String {
    let shown = (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(is_part);
    if shown { name.to_owned() } else { UNLISTED.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;
    use crate::testing::json_fixture;

    fn names(value: &Value) -> Vec<String> {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// Each error that the operation declares, by itself and with each of its reasons.
    fn documented() -> BTreeSet<(String, Option<String>)> {
        let model = json_fixture("aws_eum_sendtextmessage_model.json");
        let errors = model["operation"]["errors"].as_array().unwrap();
        let errors = errors.iter().map(|error| error["shape"].as_str().unwrap());
        let with_reasons = |error: &str| {
            let members = &model["shapes"][error]["members"];
            let reason = match error {
                "ResourceNotFoundException" => &members["ResourceType"],
                _ => &members["Reason"],
            };
            let reasons = reason["shape"].as_str().map(|shape| names(&model["shapes"][shape]["enum"]));
            let reasons = reasons.unwrap_or_default().into_iter().map(Some).chain([None]);
            reasons.map(|reason| (error.to_owned(), reason)).collect::<Vec<_>>()
        };
        errors.flat_map(with_reasons).collect()
    }

    #[test]
    fn exactly_the_documented_errors_and_reasons_are_listed() {
        let row = |code: &Code| (code.error.to_owned(), code.reason.map(str::to_owned));
        let listed: BTreeSet<_> = LISTED.iter().map(row).collect();
        assert_eq!(listed, documented());
        assert_eq!(listed.len(), LISTED.len(), "a row is listed twice");
        let common: BTreeSet<_> = COMMON.iter().map(row).collect();
        assert!(common.len() == COMMON.len() && common.is_disjoint(&listed));
    }

    #[test]
    fn exactly_the_documented_events_of_a_text_are_listed() {
        let model = json_fixture("aws_eum_sendtextmessage_model.json");
        let events = names(&model["shapes"]["EventType"]["enum"]);
        let of_texts = events.iter().filter(|event| event.starts_with("TEXT_") && *event != "TEXT_ALL");
        let documented: BTreeSet<&str> = of_texts.map(String::as_str).collect();
        let listed: BTreeSet<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
        assert_eq!((listed.len(), listed), (EVENTS.len(), documented));
    }

    #[test]
    fn an_unlisted_reason_has_the_meaning_of_its_error() {
        let meaning = |error, reason| find(error, reason).map(|code| code.meaning);
        assert_eq!(meaning("ValidationException", Some("NEW")), meaning("ValidationException", None));
        assert_eq!(meaning("NewException", None), None);
        assert_eq!(shown("NewException", Some("+254711000001")), UNLISTED);
    }
}
