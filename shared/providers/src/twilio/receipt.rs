//! Callbacks of Twilio: one status of one message, as a signed form. Pure.
//!
//! Callbacks come in any order and more than once.

use std::{borrow::Cow, fmt};

use domain::{
    keys::MessageKey,
    msisdn::Msisdn,
    receipt::{DeliveryReceipt, Reported},
};

use super::{codes, request::REFERENCE, signature};
use crate::{
    callback::{About, Callback, CallbackError, CallbackReader, Report},
    message_id,
};

/// Longest form read, in bytes; theirs have some 400.
const MAX_FORM_BYTES: usize = 4_096;

/// Twilio's statuses of a message (`message_enum_status` of its OpenAPI). `canceled` follows a call that takes a
/// scheduled message back; `read` is of chats; the two of incoming messages say nothing of a delivery.
const STATUSES: [(&str, Reported); 13] = [
    ("accepted", Reported::InTransit),
    ("scheduled", Reported::InTransit),
    ("queued", Reported::InTransit),
    ("sending", Reported::InTransit),
    ("sent", Reported::InTransit),
    ("partially_delivered", Reported::InTransit),
    ("receiving", Reported::InTransit),
    ("received", Reported::InTransit),
    ("delivered", Reported::Delivered),
    ("read", Reported::Delivered),
    ("undelivered", Reported::Undelivered),
    ("failed", Reported::Undelivered),
    ("canceled", Reported::Undelivered),
];

/// Reads the callbacks of one account.
#[derive(Clone)]
pub struct TwilioCallbacks {
    auth_token: String,
}

impl TwilioCallbacks {
    /// A reader of callbacks that this token signs.
    pub fn new(auth_token: &str) -> Self {
        Self { auth_token: auth_token.to_owned() }
    }
}

impl fmt::Debug for TwilioCallbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TwilioCallbacks(…)")
    }
}

impl CallbackReader for TwilioCallbacks {
    fn reports(&self, callback: &Callback<'_>) -> Result<Vec<Report>, CallbackError> {
        let header = callback.headers.get(signature::NAME).and_then(|value| value.to_str().ok());
        let is_theirs =
            |signed: &&str| signature::holds(&self.auth_token, callback.url, callback.body, signed);
        header.filter(is_theirs).ok_or(CallbackError::Forged)?;
        Ok(vec![parse(callback.url, callback.body)?])
    }
}

fn parse(url: &str, body: &[u8]) -> Result<Report, CallbackError> {
    if body.len() > MAX_FORM_BYTES {
        return Err(CallbackError::Malformed(format!("the form is longer than {MAX_FORM_BYTES} bytes")));
    }
    let field = |name: &str| value(body, name);
    let missing = |name: &str| CallbackError::Malformed(format!("the form's {name} is missing or malformed"));
    let sid = field("MessageSid").and_then(|sid| message_id::parse(&sid));
    let provider_message_id = Some(sid.ok_or_else(|| missing("MessageSid"))?);
    let status = field("MessageStatus").ok_or_else(|| missing("MessageStatus"))?;
    let code = field("ErrorCode");
    let listed = STATUSES.into_iter().find(|(word, _)| *word == status);
    let (reported, code) = match listed {
        Some((_, reported)) => (reported, code.as_deref()),
        // An unknown word proves neither a delivery nor a failure.
        None => (Reported::InTransit, Some(status.as_ref())),
    };
    let unlisted = match listed {
        Some(_) => code.and_then(codes::unlisted),
        None => Some(codes::shown_word(&status)),
    };
    let receipt = DeliveryReceipt::new(reported, code, None);
    let about = about(url, field("To").as_deref());
    Ok(Report { about, provider_message_id, times_put_off: None, receipt, unlisted })
}

/// The message that the URL names. A callback address that an operator has set in Twilio's console names none.
fn about(url: &str, to: Option<&str>) -> About {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let reference = value(query.as_bytes(), REFERENCE).and_then(|text| text.parse::<MessageKey>().ok());
    let number = || to.and_then(|to| Msisdn::parse_e164(to).ok());
    reference.map_or_else(|| About::Numbers(number().into_iter().collect()), About::Reference)
}

fn value<'a>(form: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    let field = form_urlencoded::parse(form).find(|(field, _)| field == name);
    field.map(|(_, value)| value).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests;
