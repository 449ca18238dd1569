//! The ids that providers give to messages: untrusted input that is stored and shown.

/// Longest id that is kept. Africa's Talking's have 38 characters; Infobip's are ours, of at most 200.
const MAX_BYTES: usize = 100;

/// The name, if it is one: printable ASCII of a sane length, and not a provider's word for
/// "no name".
pub(crate) fn parse(text: &str) -> Option<String> {
    let named = !text.is_empty() && text != "None" && text.len() <= MAX_BYTES;
    (named && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_printable_name_is_one() {
        assert_eq!(parse("ATPid_SampleTxnId123").as_deref(), Some("ATPid_SampleTxnId123"));
        for text in ["", "None", "two words", "é", &"x".repeat(MAX_BYTES + 1)] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
