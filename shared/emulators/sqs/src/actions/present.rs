//! A delivery with only the attributes that the client asked for.

use std::collections::BTreeMap;

use crate::digest;
use crate::store::Delivery;
use crate::wire::{Message, ReceiveMessage};

/// The id of the sender of every message: this server has one user.
const SENDER_ID: &str = "AIDALOCAL0000000000000";

/// Renders one message.
pub(super) fn message(delivery: Delivery, request: &ReceiveMessage) -> Message {
    Message {
        attributes: system_attributes(&delivery, request),
        receipt_handle: delivery.receipt.encode(),
        message_id: delivery.message_id,
        md5_of_body: digest::of_body(&delivery.body),
        body: delivery.body,
    }
}

fn system_attributes(delivery: &Delivery, request: &ReceiveMessage) -> BTreeMap<&'static str, String> {
    let all = [
        ("ApproximateReceiveCount", Some(delivery.receipt.delivery.to_string())),
        ("ApproximateFirstReceiveTimestamp", Some(delivery.first_received_at_ms.to_string())),
        ("SentTimestamp", Some(delivery.sent_at_ms.to_string())),
        ("SenderId", Some(SENDER_ID.to_owned())),
        ("MessageGroupId", Some(delivery.group_id.clone()).filter(|group| !group.is_empty())),
    ];
    let names = &request.message_system_attribute_names;
    let is_wanted = |name: &str| names.iter().any(|wanted| wanted == "All" || wanted == name);
    let wanted = all.into_iter().filter(|(name, _)| is_wanted(name));
    wanted.filter_map(|(name, value)| Some((name, value?))).collect()
}
