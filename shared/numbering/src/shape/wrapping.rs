//! Removes what programs write around a number: a spreadsheet's quotes, the address of a chat.

use super::{is_among, is_digits};
use crate::NumberError;

/// Hosts of chat addresses whose local part is a phone number.
const CHAT_HOSTS: [&str; 2] = ["c.us", "s.whatsapp.net"];
/// Hosts of WhatsApp's identifiers of groups, channels, broadcast lists and bots, and of persons whose number it hides.
const IDENTIFIER_HOSTS: &str = "g.us lid hosted.lid newsletter broadcast bot call";
/// The text before the number in links that open a chat.
const CHAT_LINKS: [&str; 3] = ["wa.me/", "phone=", "number="];

/// A cell without the text around it.
pub struct Wrapped<'a> {
    pub text: &'a str,
    /// Whether the number has a country code because of the text around it.
    pub is_international: bool,
}

/// Removes the text around a number. An e-mail address, a link and a group's identifier are not numbers.
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
    let Some((local, after)) = text.split_once('@') else { return Ok(None) };
    let host = after.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))).next();
    let host = host.unwrap_or_default();
    if local.ends_with(' ') || local.is_empty() || host.is_empty() {
        return Ok(None);
    }
    if is_among(IDENTIFIER_HOSTS, host) {
        return Err(NumberError::ChatIdentifier);
    }
    if !host.contains('.') {
        return Ok(None);
    }
    if !CHAT_HOSTS.contains(&host.to_lowercase().as_str()) || after.contains(|c: char| c.is_ascii_digit()) {
        return Err(NumberError::Address);
    }
    // `254712345678:12@…` is the person's twelfth device.
    let person = local.rsplit_once(':').filter(|(_, device)| device.len() < 4 && is_digits(device));
    Ok(Some(person.map_or(local, |(person, _)| person)))
}

fn is_link(text: &str) -> bool {
    let lower = text.to_lowercase();
    lower.contains("://") || lower.starts_with("www.") || lower.starts_with("wa.me/")
}
