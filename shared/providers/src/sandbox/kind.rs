//! The description of the sandbox.

use crate::{
    kind::{CallbackMethod, Kind, Setting},
    submission::MAX_RECIPIENTS_PER_CALL,
};

/// Both forms of the sandbox.
pub static KIND: Kind = Kind {
    name: "sandbox",
    title: "The sandbox",
    settings: &[
        Setting::optional("url", "the sandbox's server; without one it runs within dispatch"),
        Setting::optional("timeout_ms", "the longest that one call may take, in milliseconds"),
        Setting::optional("max_recipients", "the most recipients of one call"),
        Setting::optional("one_by_one", "true plays a provider that takes one recipient a request"),
    ],
    secrets: &[Setting::optional("callback_secret", "signs the reports of its server")],
    max_recipients: MAX_RECIPIENTS_PER_CALL,
    one_per_call: false,
    callbacks: Some(CallbackMethod::Post),
    asks_for: None,
};
