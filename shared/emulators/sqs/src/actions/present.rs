//! A delivery as the client asked to see it: with the attributes that it named, and no others.

use std::collections::BTreeMap;

use crate::digest;
use crate::message_attributes::MessageAttributes;
use crate::store::Delivery;
use crate::wire::{Message, ReceiveMessage};

/// The id of whoever has sent a message: there is one user.
const SENDER_ID: &str = "AIDALOCAL0000000000000";

/// Renders one message.
pub(super) fn message(delivery: Delivery, request: &ReceiveMessage) -> Message {
    let attributes = system_attributes(&delivery, request);
    let message_attributes = chosen(delivery.attributes, &request.message_attribute_names);
    Message {
        receipt_handle: delivery.receipt.encode(),
        message_id: delivery.message_id,
        md5_of_body: delivery.body_md5,
        body: delivery.body,
        attributes,
        // Of the attributes returned, not of those sent: recorded from the service.
        md5_of_message_attributes: digest::of_attributes(&message_attributes),
        message_attributes,
    }
}

fn system_attributes(delivery: &Delivery, request: &ReceiveMessage) -> BTreeMap<&'static str, String> {
    let all = [
        ("ApproximateReceiveCount", Some(delivery.receipt.delivery.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(delivery.first_received_at_ms.to_string())),
        ("SentTimestamp", Some(delivery.sent_at_ms.to_string())),
        ("SenderId", Some(SENDER_ID.to_owned())),
        ("MessageGroupId", Some(delivery.group_id.clone()).filter(|group| !group.is_empty())),
        ("DeadLetterQueueSourceArn", delivery.dead_letter_source.clone()),
        ("AWSTraceHeader", delivery.trace_header.clone()),
    ];
    let is_wanted = |name: &str| wanted_names(request).any(|wanted| wanted == "All" || wanted == name);
    let wanted = all.into_iter().filter(|(name, _)| is_wanted(name));
    wanted.filter_map(|(name, value)| Some((name, value?))).collect()
}

fn wanted_names(request: &ReceiveMessage) -> impl Iterator<Item = &String> {
    request.attribute_names.iter().chain(&request.message_system_attribute_names)
}

/// Keeps the message attributes whose names match.
fn chosen(mut attributes: MessageAttributes, patterns: &[String]) -> MessageAttributes {
    attributes.retain(|name, _| patterns.iter().any(|pattern| matches(pattern, name)));
    attributes
}

/// Whether a name matches `All`, `.*`, a prefix such as `bar.*`, or itself (API, ReceiveMessage).
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*").or_else(|| pattern.strip_suffix('*')) {
        Some(prefix) => name.starts_with(prefix),
        None => pattern == "All" || pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_everything_a_prefix_or_a_name() {
        for (pattern, name, expected) in [
            ("All", "trace", true),
            (".*", "trace", true),
            ("tr.*", "trace", true),
            ("tr*", "trace", true),
            ("trace", "trace", true),
            ("tr", "trace", false),
            ("ace.*", "trace", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
