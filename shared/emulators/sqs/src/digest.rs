//! The MD5 digests that SQS returns so that clients can check what arrived.

use crate::message_attributes::{AttributeValue, MessageAttributes};

/// The digest of a message's body, in lower-case hexadecimal.
pub(crate) fn of_body(body: &str) -> String {
    hex(body.as_bytes())
}

/// The digest of message attributes, in lower-case hexadecimal; none of an empty set.
///
/// Developer Guide, "Calculating the MD5 message digest for message attributes": attributes by
/// ascending name, each as length and text of its name and type, one byte for the transport type,
/// length and bytes of its value; lengths are four bytes, big-endian.
pub(crate) fn of_attributes(attributes: &MessageAttributes) -> Option<String> {
    let mut canonical = Vec::new();
    for (name, value) in attributes {
        push(&mut canonical, name.as_bytes());
        push(&mut canonical, value.data_type.as_bytes());
        canonical.push(transport_type(value));
        push(&mut canonical, value.bytes());
    }
    (!attributes.is_empty()).then(|| hex(&canonical))
}

fn push(canonical: &mut Vec<u8>, part: &[u8]) {
    // A part is at most a message long, so its length always fits.
    canonical.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
    canonical.extend_from_slice(part);
}

fn transport_type(value: &AttributeValue) -> u8 {
    if value.binary_value.is_some() { 2 } else { 1 }
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", md5::compute(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> AttributeValue {
        AttributeValue {
            data_type: "String".to_owned(),
            string_value: Some(value.to_owned()),
            binary_value: None,
        }
    }

    #[test]
    fn digests_are_those_that_aws_was_recorded_to_return() {
        let attributes = [("Hello", "There"), ("General", "Kenobi"), ("Help.Me", "Me")];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), text(value))).into();
        assert_eq!(of_attributes(&attributes).as_deref(), Some("4c360f3fdafd970e05fae2f149d997f5"));
        assert_eq!(of_body("msg"), "6e2baaf3b97dbeef01c0043275f9a0e7");
    }

    #[test]
    fn no_attributes_have_no_digest() {
        assert_eq!(of_attributes(&MessageAttributes::new()), None);
    }
}
