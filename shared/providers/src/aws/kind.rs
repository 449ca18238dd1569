//! The description of AWS End User Messaging SMS.

use crate::{
    kind::{Kind, Setting},
    one_by_one::AT_ONCE,
};

pub static KIND: Kind = Kind {
    name: "aws",
    title: "AWS End User Messaging SMS",
    settings: &[
        Setting::required(
            "configuration_set",
            "the configuration set that reports deliveries; the stack makes one",
        ),
        Setting::optional(
            "origination_identity",
            "a phone number, pool or sender id, or its ARN, which sends instead of the campaign's sender id",
        ),
        Setting::optional("message_type", "TRANSACTIONAL or PROMOTIONAL; the identity's own if left out"),
        Setting::optional("region", "the function's region; AWS sets it"),
        Setting::optional("base_url", "for tests: the region's address if left out"),
        Setting::optional("timeout_ms", "the longest time of a call"),
    ],
    // Lambda gives a function its credentials as `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
    secrets: &[
        Setting::optional("access_key_id", "the function's own if left out"),
        Setting::optional("secret_access_key", "the function's own if left out"),
        Setting::optional("session_token", "the function's own if left out"),
    ],
    max_recipients: AT_ONCE,
    one_per_call: true,
    callbacks: None,
    asks_for: Some("a dry run of SendTextMessage, which is not sent and free"),
};
