//! The description of Infobip.

use crate::{
    kind::{CallbackMethod, Kind, Setting},
    submission::MAX_RECIPIENTS_PER_CALL,
};

/// Infobip's OpenAPI gives no limit of recipients.
pub static KIND: Kind = Kind {
    name: "infobip",
    title: "Infobip",
    settings: &[
        Setting::required("base_url", "the account's own address, such as https://xxxxx.api.infobip.com"),
        Setting::optional("timeout_ms", "the longest time of a call"),
    ],
    secrets: &[
        Setting::required("api_key", "an API key that may send SMS"),
        Setting::optional("callback_secret", "the last segment of the address that reports are sent to"),
    ],
    max_recipients: MAX_RECIPIENTS_PER_CALL,
    one_per_call: false,
    callbacks: Some(CallbackMethod::Post),
    asks_for: Some("the balance, with the scope account-management:manage"),
};
