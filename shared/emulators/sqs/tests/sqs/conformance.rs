//! The checks that any SQS must pass, driven by the stock client.
//!
//! They run against the embedded server, each on one of its own. With `AWS_ENDPOINT_URL_SQS` set
//! they run against that endpoint instead, except for [`NOT_FOR_FOREIGN`]:
//!
//! ```text
//! python3 -m venv mini && mini/bin/pip install ministack==1.5.33
//! BIND_HOST=127.0.0.1 GATEWAY_PORT=45661 AWS_ENDPOINT_URL=http://127.0.0.1:45661 mini/bin/ministack &
//! AWS_ENDPOINT_URL_SQS=http://127.0.0.1:45661 cargo test -p sqs-emulator conformance -- --include-ignored
//! ```

use aws_sdk_sqs::Client;

use crate::{checks, support};

/// Checks in which ministack 1.5.33 differs, and on what our reading rests. "API" and "Guide" are the
/// SQS API Reference and Developer Guide; "recorded" are answers of AWS kept in public test suites.
const NOT_FOR_FOREIGN: &[(&str, &str)] = &[
    (
        "a_second_delete_of_the_same_handle_is_fine",
        "answers ReceiptHandleIsInvalid; the API documents that an old handle succeeds",
    ),
    (
        "a_deleted_message_cannot_be_hidden",
        "answers ReceiptHandleIsInvalid; recorded from AWS: InvalidParameterValue",
    ),
    ("a_visible_message_cannot_be_hidden", "accepts it; the API documents MessageNotInflight"),
    ("a_timeout_beyond_twelve_hours_is_refused", "accepts it; the API documents a maximum of 43,200 seconds"),
    ("a_delay_out_of_range_is_refused", "accepts it; the API documents 0 to 900 seconds"),
    ("numbers_out_of_range_are_refused", "accepts them; recorded from AWS: InvalidParameterValue"),
    ("a_malformed_message_group_is_refused", "accepts it; recorded from AWS: InvalidParameterValue"),
    ("an_unknown_attribute_is_refused", "accepts it; recorded from AWS: InvalidAttributeName"),
    (
        "a_queue_name_outside_the_alphabet_is_refused",
        "accepts any; the API documents letters, digits, hyphens and underscores",
    ),
    (
        "a_dead_letter_queue_that_does_not_exist_is_refused",
        "answers InvalidAttributeValue; reported from AWS: InvalidParameterValue",
    ),
    (
        "a_malformed_redrive_policy_is_refused",
        "answers InvalidAttributeValue; recorded from AWS: InvalidParameterValue",
    ),
];

/// Makes a test of every check.
macro_rules! conformance {
    ($($family:ident { $($(#[$attribute:meta])* $check:ident,)+ })+) => {
        $($(
            #[tokio::test]
            $(#[$attribute])*
            async fn $check() {
                held(stringify!($check), checks::$family::$check).await;
            }
        )+)+
    };
}

/// Makes one test of checks that each wait for a second: they do it at once.
macro_rules! in_one_second {
    ($($family:ident :: $check:ident,)+) => {
        #[tokio::test]
        #[ignore = "long: .ci/run"]
        async fn checks_that_take_a_second() {
            tokio::join!($(held(stringify!($check), checks::$family::$check)),+);
        }
    };
}

/// Makes a check on the endpoint that it is for.
async fn held(name: &str, check: impl AsyncFnOnce(&Client)) {
    match support::foreign_endpoint() {
        Some(_) if differs(name) => {}
        Some(url) => check(&support::client_of(&url)).await,
        None => check(&support::embedded().await.1).await,
    }
}

fn differs(check: &str) -> bool {
    let difference = NOT_FOR_FOREIGN.iter().find(|(name, _)| *name == check);
    if let Some((name, reason)) = difference {
        eprintln!("not checked: {name}: {reason}");
    }
    difference.is_some()
}

conformance! {
    queues {
        a_created_queue_is_found_by_its_name,
        creating_a_queue_again_finds_the_same_queue,
        creating_a_queue_again_with_another_attribute_is_refused,
        a_queue_name_outside_the_alphabet_is_refused,
        an_unknown_queue_is_a_modelled_error_of_every_action,
        a_deleted_queue_is_gone,
    }
    attributes {
        a_new_queue_has_the_documented_defaults,
        attributes_that_are_set_are_read_back,
        only_the_attributes_that_were_named_are_returned,
        an_unknown_attribute_is_refused,
        an_attribute_out_of_range_is_refused_and_changes_nothing,
        a_queue_with_an_invalid_attribute_is_not_made,
        a_queue_counts_visible_in_flight_and_delayed_messages,
    }
    sending {
        the_digest_of_a_body_is_that_of_aws,
        text_in_any_language_survives,
        characters_outside_the_allowed_set_are_refused,
        an_empty_body_is_refused,
        a_body_of_one_mebibyte_is_carried_whole,
        one_byte_more_than_a_mebibyte_is_refused,
        a_delay_out_of_range_is_refused,
        a_malformed_message_group_is_refused,
    }
    batches {
        ten_messages_are_sent_at_once,
        batches_beyond_the_rules_are_refused_whole,
        a_batch_of_one_mebibyte_is_the_largest,
        one_bad_entry_does_not_stop_the_others,
        an_entry_with_disallowed_characters_fails_alone,
        entries_have_delays_of_their_own,
        a_garbage_handle_fails_alone_in_a_delete_batch,
        a_garbage_handle_fails_alone_in_a_batch_of_visibilities,
    }
    receiving {
        a_short_poll_of_an_empty_queue_returns_at_once,
        a_long_poll_wakes_when_a_message_arrives,
        numbers_out_of_range_are_refused,
        one_message_is_received_unless_more_are_asked_for,
        system_attributes_are_returned_when_named,
        no_system_attribute_is_returned_unasked,
    }
    settling {
        a_second_delete_of_the_same_handle_is_fine,
        a_message_may_be_deleted_after_its_timeout,
        a_garbage_handle_is_refused,
        a_timeout_of_zero_gives_the_message_back_at_once,
        a_visible_message_cannot_be_hidden,
        a_deleted_message_cannot_be_hidden,
        a_timeout_beyond_twelve_hours_is_refused,
    }
    dead_letters {
        a_message_received_too_often_moves_to_the_dead_letter_queue,
        a_redrive_policy_is_read_back,
        a_dead_letter_queue_that_does_not_exist_is_refused,
        a_malformed_redrive_policy_is_refused,
    }
    concurrency {
        #[ignore = "long: .ci/run"]
        every_message_of_many_senders_reaches_one_of_many_receivers,
    }
}

in_one_second! {
    sending::a_delayed_message_arrives_when_it_is_due,
    receiving::a_long_poll_ends_empty_after_its_wait,
    receiving::a_received_message_is_hidden_until_its_timeout_ends,
    receiving::a_receive_may_set_a_visibility_timeout_of_its_own,
    settling::a_deleted_message_does_not_come_back,
    settling::an_extension_keeps_the_message_hidden,
    dead_letters::a_poll_of_the_dead_letter_queue_wakes_when_a_message_moves,
}
