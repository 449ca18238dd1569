//! Attributes of queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::support::{attributes_of, code_of, counts, fresh_name, queue, queue_with, receive, send};

pub async fn a_new_queue_has_the_documented_defaults(client: &Client) {
    let attributes = attributes_of(client, &queue(client).await).await;
    for (name, value) in [
        (Name::VisibilityTimeout, "30"),
        (Name::MessageRetentionPeriod, "345600"),
        (Name::ApproximateNumberOfMessages, "0"),
    ] {
        assert_eq!(attributes[&name], value, "{name}");
    }
    assert!(!attributes.contains_key(&Name::RedrivePolicy));
}

pub async fn attributes_that_are_set_are_read_back(client: &Client) {
    let url = queue_with(client, &[(Name::VisibilityTimeout, "7")]).await;
    let change =
        client.set_queue_attributes().queue_url(&url).attributes(Name::MessageRetentionPeriod, "420");
    change.send().await.unwrap();
    let attributes = attributes_of(client, &url).await;
    let [visibility, retention] =
        [Name::VisibilityTimeout, Name::MessageRetentionPeriod].map(|name| &*attributes[&name]);
    assert_eq!((visibility, retention), ("7", "420"));
}

pub async fn only_the_attributes_that_were_named_are_returned(client: &Client) {
    let url = queue(client).await;
    let request = client.get_queue_attributes().queue_url(&url).attribute_names(Name::QueueArn);
    let attributes = request.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes.len(), 1);
    assert!(attributes[&Name::QueueArn].starts_with("arn:aws:sqs:us-east-1:000000000000:"));
}

pub async fn an_unknown_attribute_is_refused(client: &Client) {
    let url = queue(client).await;
    let change = client.set_queue_attributes().queue_url(&url).attributes(Name::from("Colour"), "red");
    let error = change.send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_attribute_name(), "{error:?}");
    let read =
        client.get_queue_attributes().queue_url(&url).attribute_names(Name::from("Colour")).send().await;
    assert_eq!(code_of(read), "InvalidAttributeName");
}

pub async fn an_attribute_out_of_range_is_refused_and_changes_nothing(client: &Client) {
    let url = queue(client).await;
    for (name, value) in [(Name::VisibilityTimeout, "43201"), (Name::MessageRetentionPeriod, "59")] {
        let change = client.set_queue_attributes().queue_url(&url).attributes(name.clone(), value);
        let error = change.send().await.unwrap_err().into_service_error();
        assert!(error.is_invalid_attribute_value(), "{name}: {error:?}");
        assert_ne!(attributes_of(client, &url).await[&name], value);
    }
}

pub async fn a_queue_with_an_invalid_attribute_is_not_made(client: &Client) {
    let name = fresh_name();
    let created =
        client.create_queue().queue_name(&name).attributes(Name::VisibilityTimeout, "soon").send().await;
    assert_eq!(code_of(created), "InvalidAttributeValue");
    assert!(client.get_queue_url().queue_name(&name).send().await.is_err());
}

pub async fn a_queue_counts_visible_in_flight_and_delayed_messages(client: &Client) {
    let url = queue(client).await;
    send(client, &url, "in flight").await;
    assert_eq!(receive(client, &url, 5).await.len(), 1);
    send(client, &url, "visible").await;
    client.send_message().queue_url(&url).message_body("delayed").delay_seconds(600).send().await.unwrap();
    assert_eq!(counts(client, &url).await, ["1", "1", "1"]);
}
