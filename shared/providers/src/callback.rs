//! Callbacks of providers, and what an adapter reads from them.

mod secret;

use std::fmt;

use domain::{keys::MessageKey, msisdn::Msisdn, receipt::DeliveryReceipt};
use http::HeaderMap;
use thiserror::Error;

pub use secret::{CallbackSecret, CallbackSecretError};

/// A call of a provider as it came. No `Debug`: it has phone numbers.
#[derive(Clone, Copy)]
pub struct Callback<'a> {
    /// The whole address that the provider called, as it signed it: the path as it was sent, with or without its final
    /// slash, and the query without a change.
    pub url: &'a str,
    /// The last segment of the path, if it has one more than the address needs.
    pub path_secret: Option<&'a str>,
    pub headers: &'a HeaderMap,
    /// The body; empty for a `GET`.
    pub body: &'a [u8],
}

impl<'a> Callback<'a> {
    /// The query of the address, without its `?`.
    pub fn query(&self) -> &'a str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }
}

/// Reads the callbacks of one account. Pure: it verifies each call before it reads anything else.
pub trait CallbackReader: Send + Sync + fmt::Debug {
    /// The delivery reports of a call.
    ///
    /// # Errors
    /// If the call is not the provider's, or not understood. A code that the provider's documentation does not list is
    /// not an error: see [`Report::unlisted`].
    fn reports(&self, callback: &Callback<'_>) -> Result<Vec<Report>, CallbackError>;

    /// The opt-outs of a call.
    ///
    /// # Errors
    /// As [`Self::reports`]; and [`CallbackError::NotServed`] if the provider never reports opt-outs.
    fn opt_outs(&self, _callback: &Callback<'_>) -> Result<Vec<OptOut>, CallbackError> {
        Err(CallbackError::NotServed)
    }
}

/// Why a callback is not accepted. Never repeats its content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallbackError {
    /// The call is not the provider's.
    #[error("the callback is not the provider's")]
    Forged,
    /// The call is the provider's but cannot be read; has the reason.
    #[error("{0}")]
    Malformed(String),
    /// The provider never calls this address.
    #[error("the provider does not call this address")]
    NotServed,
}

/// One delivery report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// The message that it is about.
    pub about: About,
    /// The provider's name for the message.
    pub provider_message_id: Option<String>,
    /// How often the recipient had been put off before the hand-over that is reported, if the provider echoes it.
    pub times_put_off: Option<u8>,
    pub receipt: DeliveryReceipt,
    /// The status, if the provider's documentation does not list it, as it may be logged: never a phone number.
    pub unlisted: Option<String>,
}

/// How a report names its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum About {
    /// Found by our reference.
    Reference(MessageKey),
    /// Found by the phone number alone: every number that the text in the report can mean. Empty if it is masked, or if
    /// the provider names our messages by our reference alone.
    Numbers(Vec<Msisdn>),
}

/// A person told the network that they want no more texts from a sender. No `Debug`: it has their number.
#[derive(Clone, PartialEq, Eq)]
pub struct OptOut {
    /// The sender id or short code.
    pub sender: String,
    pub number: OptOutNumber,
}

/// The number of an opt-out, as the provider wrote it. No `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum OptOutNumber {
    /// A form that can mean only one number.
    International(Msisdn),
    /// The national form: its number in each possible country (ISO 3166 alpha-2).
    National(Vec<(&'static str, Msisdn)>),
}

impl OptOut {
    /// The person's number, if it is in international form.
    pub fn number(&self) -> Option<Msisdn> {
        match &self.number {
            OptOutNumber::International(number) => Some(*number),
            OptOutNumber::National(_) => None,
        }
    }

    /// The person's number; the national form is read as one of a country (ISO 3166 alpha-2).
    pub fn number_in(&self, country: &str) -> Option<Msisdn> {
        match &self.number {
            OptOutNumber::International(number) => Some(*number),
            OptOutNumber::National(readings) => {
                let of_country = readings.iter().find(|(iso, _)| iso.eq_ignore_ascii_case(country));
                of_country.map(|(_, number)| *number)
            }
        }
    }
}
