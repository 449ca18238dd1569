//! Sending single messages.

use aws_sdk_sqs::Client;

use crate::support::{code_of, counts, lasts_a_second, queue, receive, receive_one, send, timed};

const MIB: usize = 1_048_576;

pub async fn the_digest_of_a_body_is_that_of_aws(client: &Client) {
    let url = queue(client).await;
    let sent = client.send_message().queue_url(&url).message_body("msg").send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("6e2baaf3b97dbeef01c0043275f9a0e7"));
    let (message, _) = receive_one(client, &url).await;
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
}

pub async fn text_in_any_language_survives(client: &Client) {
    let url = queue(client).await;
    let body = "Habari 👋🏾\t\"näh\"\\\n\u{e000}\u{fffd}\u{10ffff}";
    send(client, &url, body).await;
    assert_eq!(receive_one(client, &url).await.0.body(), Some(body));
}

pub async fn characters_outside_the_allowed_set_are_refused(client: &Client) {
    let url = queue(client).await;
    for body in ["a\u{0}b", "\u{b}", "\u{fffe}"] {
        let outcome = client.send_message().queue_url(&url).message_body(body).send().await;
        let error = outcome.unwrap_err().into_service_error();
        assert!(error.is_invalid_message_contents(), "{body:?}: {error:?}");
    }
    assert_eq!(counts(client, &url).await, ["0", "0", "0"]);
}

pub async fn an_empty_body_is_refused(client: &Client) {
    let url = queue(client).await;
    let outcome = client.send_message().queue_url(&url).message_body("").send().await;
    assert_eq!(code_of(outcome), "MissingParameter");
}

pub async fn a_body_of_one_mebibyte_is_carried_whole(client: &Client) {
    let url = queue(client).await;
    let body = "\"".repeat(MIB);
    send(client, &url, &body).await;
    assert!(receive_one(client, &url).await.0.body() == Some(&body));
}

pub async fn one_byte_more_than_a_mebibyte_is_refused(client: &Client) {
    let url = queue(client).await;
    let outcome = client.send_message().queue_url(&url).message_body("x".repeat(MIB + 1)).send().await;
    assert_eq!(code_of(outcome), "InvalidParameterValue");
}

pub async fn a_delayed_message_arrives_when_it_is_due(client: &Client) {
    let url = queue(client).await;
    let sent_and_received = async {
        client.send_message().queue_url(&url).message_body("late").delay_seconds(1).send().await.unwrap();
        receive(client, &url, 20).await
    };
    let (messages, elapsed) = timed(sent_and_received).await;
    assert_eq!(messages.len(), 1);
    assert!(lasts_a_second(elapsed), "{elapsed:?}");
}

pub async fn a_delay_out_of_range_is_refused(client: &Client) {
    let url = queue(client).await;
    for delay_seconds in [-1, 901] {
        let request = client.send_message().queue_url(&url).message_body("x").delay_seconds(delay_seconds);
        assert_eq!(code_of(request.send().await), "InvalidParameterValue");
    }
}

pub async fn a_malformed_message_group_is_refused(client: &Client) {
    let url = queue(client).await;
    for group in ["", "group 123", &"a".repeat(129)] {
        let request = client.send_message().queue_url(&url).message_body("x").message_group_id(group);
        assert_eq!(code_of(request.send().await), "InvalidParameterValue", "{group}");
    }
}
