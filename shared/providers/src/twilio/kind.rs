//! The description of Twilio.

use crate::{
    kind::{CallbackMethod, Kind, Setting},
    one_by_one::AT_ONCE,
};

pub static KIND: Kind = Kind {
    name: "twilio",
    title: "Twilio",
    settings: &[
        Setting::required("account_sid", "the account, AC and 32 digits"),
        Setting::optional(
            "messaging_service",
            "a messaging service, MG and 32 digits, which sends under its own senders instead of the campaign's",
        ),
        Setting::optional("base_url", "for tests: https://api.twilio.com if left out"),
        Setting::optional("timeout_ms", "the longest time of a call"),
    ],
    secrets: &[Setting::required("auth_token", "the account's auth token, which signs its callbacks too")],
    max_recipients: AT_ONCE,
    one_per_call: true,
    callbacks: Some(CallbackMethod::Post),
    asks_for: Some("the account's status"),
};
