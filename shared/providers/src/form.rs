//! Forms as the official SDKs send them.

/// The body of a form, its fields in this order.
pub(crate) fn form<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut form = String::new();
    for (name, value) in fields {
        form.push_str(if form.is_empty() { "" } else { "&" });
        form.push_str(name);
        form.push('=');
        encode(value, &mut form);
    }
    form
}

/// Percent-encodes as Python's `urlencode` does, so that what is sent can be compared byte by byte with
/// what the official SDK sent. (The URL standard's form encoding differs in `*` and `~`.)
fn encode(value: &str, form: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                form.push(char::from(byte));
            }
            b' ' => form.push('+'),
            _ => form.push_str(&format!("%{byte:02X}")),
        }
    }
}
