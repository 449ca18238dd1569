//! What programs put around a number: a spreadsheet's quotes, the address of a chat.

use crate::NumberError;

/// Hosts of chat addresses whose local part is a phone number.
const CHAT_HOSTS: [&str; 2] = ["c.us", "s.whatsapp.net"];
/// What comes before the number in links that open a chat.
const CHAT_LINKS: [&str; 3] = ["wa.me/", "phone=", "number="];

/// A cell without what is around it.
pub struct Wrapped<'a> {
    pub text: &'a str,
    /// Whether the number has a country code because of where it is written.
    pub is_international: bool,
}

/// Takes off what is around a number. An e-mail address, a link and a group's address are not numbers.
pub fn unwrap(text: &str) -> Result<Wrapped<'_>, NumberError> {
    let text = without_quotes(text);
    if let Some(local) = chat_address(text)? {
        return Ok(Wrapped { text: local, is_international: true });
    }
    if !is_link(text) {
        return Ok(Wrapped { text, is_international: false });
    }
    let number = CHAT_LINKS.iter().find_map(|before| Some(text.split_once(before)?.1));
    let number = number.ok_or(NumberError::Address)?;
    let number = number.trim_start_matches(|c: char| !c.is_ascii_digit()).trim_start_matches("2B");
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    let number = number.get(..end).filter(|digits| !digits.is_empty()).ok_or(NumberError::Address)?;
    Ok(Wrapped { text: number, is_international: true })
}

/// `="0712345678"`, `'0712345678`, `"0712345678"`, `=+254712345678`
fn without_quotes(text: &str) -> &str {
    let text = text.strip_prefix('=').unwrap_or(text);
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"'))
}

fn chat_address(text: &str) -> Result<Option<&str>, NumberError> {
    let Some((local, host)) = text.split_once('@') else { return Ok(None) };
    if local.ends_with(' ') || host.starts_with(' ') || local.is_empty() || !host.contains('.') {
        return Ok(None);
    }
    if !CHAT_HOSTS.contains(&host.to_lowercase().as_str()) {
        return Err(NumberError::Address);
    }
    // `254712345678:12@…` is the person's twelfth device.
    Ok(Some(local.split_once(':').map_or(local, |(person, _)| person)))
}

fn is_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://") || lower.starts_with("www.") || lower.starts_with("wa.me/")
}
