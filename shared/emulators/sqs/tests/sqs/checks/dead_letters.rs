//! Dead-letter queues.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use crate::support::{
    arn_of, attributes_of, bodies, code_of, fresh_name, queue, queue_with, receive, receive_one, send,
};

fn policy(target_arn: &str, max_receive_count: &str) -> String {
    format!(r#"{{"deadLetterTargetArn":"{target_arn}","maxReceiveCount":{max_receive_count}}}"#)
}

pub async fn a_message_received_too_often_moves_to_the_dead_letter_queue(client: &Client) {
    let dead = queue(client).await;
    let policy = policy(&arn_of(client, &dead).await, "2");
    let attributes =
        [(QueueAttributeName::RedrivePolicy, &*policy), (QueueAttributeName::VisibilityTimeout, "0")];
    let source = queue_with(client, &attributes).await;
    send(client, &source, "poison").await;
    let (first, _) = receive_one(client, &source).await;
    receive_one(client, &source).await;
    assert!(receive(client, &source, 0).await.is_empty());
    let (moved, _) = receive_one(client, &dead).await;
    assert_eq!((moved.body(), moved.message_id()), (Some("poison"), first.message_id()));
}

pub async fn a_poll_of_the_dead_letter_queue_wakes_when_a_message_moves(client: &Client) {
    let dead = queue(client).await;
    let policy = policy(&arn_of(client, &dead).await, "1");
    let attributes =
        [(QueueAttributeName::RedrivePolicy, &*policy), (QueueAttributeName::VisibilityTimeout, "1")];
    let source = queue_with(client, &attributes).await;
    send(client, &source, "poison").await;
    receive_one(client, &source).await;
    let of_dead = tokio::select! {
        of_dead = receive(client, &dead, 20) => of_dead,
        of_source = receive(client, &source, 20) => panic!("received once too often: {of_source:?}"),
    };
    assert_eq!(bodies(&of_dead), ["poison"]);
    assert!(receive(client, &source, 0).await.is_empty());
}

pub async fn a_redrive_policy_is_read_back(client: &Client) {
    let dead_arn = arn_of(client, &queue(client).await).await;
    let url = queue_with(client, &[(QueueAttributeName::RedrivePolicy, &policy(&dead_arn, "3"))]).await;
    let attributes = attributes_of(client, &url).await;
    let read: serde_json::Value =
        serde_json::from_str(&attributes[&QueueAttributeName::RedrivePolicy]).unwrap();
    assert_eq!((&read["deadLetterTargetArn"], &read["maxReceiveCount"]), (&dead_arn.into(), &3.into()));
}

pub async fn a_dead_letter_queue_that_does_not_exist_is_refused(client: &Client) {
    let policy = policy(&format!("arn:aws:sqs:us-east-1:000000000000:{}", fresh_name()), "3");
    let request = client.create_queue().queue_name(fresh_name());
    let created = request.attributes(QueueAttributeName::RedrivePolicy, &policy).send().await;
    assert_eq!(code_of(created), "InvalidParameterValue");
    let url = queue(client).await;
    let request = client.set_queue_attributes().queue_url(&url);
    let changed = request.attributes(QueueAttributeName::RedrivePolicy, &policy).send().await;
    assert_eq!(code_of(changed), "InvalidParameterValue");
}

pub async fn a_malformed_redrive_policy_is_refused(client: &Client) {
    let dead_arn = arn_of(client, &queue(client).await).await;
    let url = queue(client).await;
    for policy in [
        "maxReceiveCount=3".to_owned(),
        policy("dummy", "3"),
        policy(&dead_arn, "0"),
        policy(&dead_arn, "1001"),
    ] {
        let request = client.set_queue_attributes().queue_url(&url);
        let changed = request.attributes(QueueAttributeName::RedrivePolicy, &policy).send().await;
        assert_eq!(code_of(changed), "InvalidParameterValue", "{policy}");
    }
}
