//! The description of Africa's Talking.

use crate::{
    kind::{CallbackMethod, Kind, Setting},
    submission::MAX_RECIPIENTS_PER_CALL,
};

/// Africa's Talking does not publish its own limit of recipients; its SDK's tests use 999, other people's tools 100.
pub static KIND: Kind = Kind {
    name: "africastalking",
    title: "Africa's Talking",
    settings: &[
        Setting::required(
            "username",
            "the application's username; `sandbox` is the sandbox of Africa's Talking",
        ),
        Setting::optional(
            "enqueue",
            "whether Africa's Talking answers as soon as it has queued the texts: true (the default) or false",
        ),
        Setting::optional("base_url", "another address of the API, for tests"),
        Setting::optional("timeout_ms", "the longest that one call may take, in milliseconds"),
    ],
    secrets: &[
        Setting::required("api_key", "the application's API key"),
        Setting::optional("callback_secret", "the last part of the addresses that Africa's Talking calls"),
    ],
    max_recipients: MAX_RECIPIENTS_PER_CALL,
    one_per_call: false,
    callbacks: Some(CallbackMethod::Post),
    asks_for: Some("the balance"),
};
