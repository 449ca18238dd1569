//! Sending single messages.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{MessageAttributeValue, QueueAttributeName};

use crate::support::{code_of, counts, lasts_a_second, queue, queue_with, receive, receive_one, send, timed};

const MIB: usize = 1_048_576;

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

fn kenobi(request: SendMessageFluentBuilder) -> SendMessageFluentBuilder {
    request
        .message_attributes("Hello", text("There"))
        .message_attributes("General", text("Kenobi"))
        .message_attributes("Help.Me", text("Me"))
}

pub async fn the_digests_of_body_and_attributes_are_those_of_aws(client: &Client) {
    let url = queue(client).await;
    let sent = kenobi(client.send_message().queue_url(&url).message_body("msg")).send().await.unwrap();
    assert_eq!(sent.md5_of_message_body(), Some("6e2baaf3b97dbeef01c0043275f9a0e7"));
    assert_eq!(sent.md5_of_message_attributes(), Some("4c360f3fdafd970e05fae2f149d997f5"));
    let (message, _) = receive_one(client, &url).await;
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
}

pub async fn attributes_of_all_types_come_back(client: &Client) {
    let url = queue(client).await;
    let number = MessageAttributeValue::builder().data_type("Number").string_value("-12.50").build().unwrap();
    let blob = MessageAttributeValue::builder().data_type("Binary.raw").binary_value(Blob::new([0, 255, 7]));
    let blob = blob.build().unwrap();
    let request =
        client.send_message().queue_url(&url).message_body("x").message_attributes("n", number.clone());
    let sent = request.message_attributes("b", blob.clone()).send().await.unwrap();
    let request =
        client.receive_message().queue_url(&url).message_attribute_names("All").wait_time_seconds(5);
    let message = request.send().await.unwrap().messages.unwrap().remove(0);
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let attributes = message.message_attributes.unwrap();
    assert_eq!((attributes.len(), &attributes["n"], &attributes["b"]), (2, &number, &blob));
}

pub async fn attributes_are_chosen_by_name_and_by_prefix(client: &Client) {
    let url = queue_with(client, &[(QueueAttributeName::VisibilityTimeout, "0")]).await;
    kenobi(client.send_message().queue_url(&url).message_body("msg")).send().await.unwrap();
    for (pattern, digest) in [
        ("All", Some("4c360f3fdafd970e05fae2f149d997f5")),
        (".*", Some("4c360f3fdafd970e05fae2f149d997f5")),
        ("Hel.*", Some("83fee93c1bcd8b9a5a923ffacdc636c7")),
        ("Hello", Some("a311262e065454b75da111d535b8dacd")),
        ("Nothing", None),
    ] {
        let request = client.receive_message().queue_url(&url).message_attribute_names(pattern);
        let message = request.wait_time_seconds(5).send().await.unwrap().messages.unwrap().remove(0);
        assert_eq!(message.md5_of_message_attributes(), digest, "{pattern}");
    }
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

pub async fn attributes_count_towards_the_size(client: &Client) {
    let url = queue(client).await;
    // Name, type and value are 1 + 6 + 3 bytes.
    let request = |body_bytes: usize| {
        let request = client.send_message().queue_url(&url).message_body("x".repeat(body_bytes));
        request.message_attributes("a", text("abc")).send()
    };
    request(MIB - 10).await.unwrap();
    assert_eq!(code_of(request(MIB - 9).await), "InvalidParameterValue");
}

pub async fn the_queues_own_size_limit_holds(client: &Client) {
    let url = queue_with(client, &[(QueueAttributeName::MaximumMessageSize, "1024")]).await;
    send(client, &url, &"x".repeat(1_024)).await;
    let outcome = client.send_message().queue_url(&url).message_body("x".repeat(1_025)).send().await;
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

pub async fn the_queues_delay_applies_unless_the_message_has_its_own(client: &Client) {
    let url = queue_with(client, &[(QueueAttributeName::DelaySeconds, "600")]).await;
    send(client, &url, "delayed").await;
    client.send_message().queue_url(&url).message_body("now").delay_seconds(0).send().await.unwrap();
    assert_eq!(receive_one(client, &url).await.0.body(), Some("now"));
    assert_eq!(counts(client, &url).await, ["0", "1", "1"]);
}

pub async fn a_delay_out_of_range_is_refused(client: &Client) {
    let url = queue(client).await;
    for delay_seconds in [-1, 901] {
        let request = client.send_message().queue_url(&url).message_body("x").delay_seconds(delay_seconds);
        assert_eq!(code_of(request.send().await), "InvalidParameterValue");
    }
}

pub async fn an_eleventh_attribute_is_refused(client: &Client) {
    let url = queue(client).await;
    let request = client.send_message().queue_url(&url).message_body("x");
    let request =
        (0..11).fold(request, |request, nth| request.message_attributes(format!("a{nth}"), text("v")));
    assert_eq!(code_of(request.send().await), "InvalidParameterValue");
}

pub async fn an_attribute_without_a_value_is_refused(client: &Client) {
    let url = queue(client).await;
    let request = client.send_message().queue_url(&url).message_body("x").message_attributes("a", text(""));
    assert_eq!(code_of(request.send().await), "InvalidParameterValue");
}

pub async fn a_malformed_message_group_is_refused(client: &Client) {
    let url = queue(client).await;
    for group in ["", "group 123", &"a".repeat(129)] {
        let request = client.send_message().queue_url(&url).message_body("x").message_group_id(group);
        assert_eq!(code_of(request.send().await), "InvalidParameterValue", "{group}");
    }
}
