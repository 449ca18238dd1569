//! Every error code that clients can match on, with its status.

use http::StatusCode;

macro_rules! error_codes {
    ($($name:ident => $status:ident $code:literal,)+) => {
        /// The stable code of an error. The table below has all codes of the API.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[expect(missing_docs, reason = "each variant is named as its code")]
        pub enum ErrorCode {
            $($name,)+
        }

        impl ErrorCode {
            /// Every code, in the order of their statuses.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            pub const fn status(self) -> StatusCode {
                match self {
                    $(Self::$name => StatusCode::$status,)+
                }
            }

            /// The code as clients read it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)+
                }
            }
        }
    };
}

error_codes! {
    InvalidRequest => BAD_REQUEST "invalid_request",
    MalformedJson => BAD_REQUEST "malformed_json",
    MalformedCsv => BAD_REQUEST "malformed_csv",
    UnreadableBody => BAD_REQUEST "unreadable_body",
    SenderNotAllowed => BAD_REQUEST "sender_not_allowed",
    PlaceholderInMessage => BAD_REQUEST "placeholder_in_message",
    ScheduledAtInvalid => BAD_REQUEST "scheduled_at_invalid",
    ScheduledAtInPast => BAD_REQUEST "scheduled_at_in_past",
    ScheduledAtTooFar => BAD_REQUEST "scheduled_at_too_far",
    NoReachableRecipient => BAD_REQUEST "no_reachable_recipient",
    TooManyRecipients => BAD_REQUEST "too_many_recipients",
    MalformedCallback => BAD_REQUEST "malformed_callback",
    NotAuthenticated => UNAUTHORIZED "not_authenticated",
    InvalidApiKey => UNAUTHORIZED "invalid_api_key",
    InsufficientBalance => PAYMENT_REQUIRED "insufficient_balance",
    MaxCostExceeded => PAYMENT_REQUIRED "max_cost_exceeded",
    SpendCapReached => PAYMENT_REQUIRED "spend_cap_reached",
    MissingScope => FORBIDDEN "missing_scope",
    KeyModeNotAllowed => FORBIDDEN "key_mode_not_allowed",
    ForgedCallback => FORBIDDEN "forged_callback",
    UnknownPath => NOT_FOUND "unknown_path",
    AddressBookNotFound => NOT_FOUND "address_book_not_found",
    ContactNotFound => NOT_FOUND "contact_not_found",
    OptOutNotFound => NOT_FOUND "opt_out_not_found",
    CampaignNotFound => NOT_FOUND "campaign_not_found",
    MessageNotFound => NOT_FOUND "message_not_found",
    MethodNotAllowed => METHOD_NOT_ALLOWED "method_not_allowed",
    DuplicateCampaign => CONFLICT "duplicate_campaign",
    AlreadySentAgain => CONFLICT "already_sent_again",
    CampaignState => CONFLICT "campaign_state",
    AddressBookBusy => CONFLICT "address_book_busy",
    ContactExists => CONFLICT "contact_exists",
    IdempotencyInProgress => CONFLICT "idempotency_in_progress",
    BodyTooLarge => PAYLOAD_TOO_LARGE "body_too_large",
    UnsupportedMediaType => UNSUPPORTED_MEDIA_TYPE "unsupported_media_type",
    IdempotencyKeyReused => UNPROCESSABLE_ENTITY "idempotency_key_reused",
    Throttled => TOO_MANY_REQUESTS "throttled",
    ImportBusy => TOO_MANY_REQUESTS "import_busy",
    TestCapReached => TOO_MANY_REQUESTS "test_cap_reached",
    InternalError => INTERNAL_SERVER_ERROR "internal_error",
    Unavailable => SERVICE_UNAVAILABLE "unavailable",
    SendingStopped => SERVICE_UNAVAILABLE "sending_stopped",
    CutShort => SERVICE_UNAVAILABLE "cut_short",
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_unique_and_answers_an_error() {
        let codes: HashSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ErrorCode::ALL.len());
        let is_error = |code: &ErrorCode| code.status().is_client_error() || code.status().is_server_error();
        assert!(ErrorCode::ALL.iter().all(is_error));
    }
}
