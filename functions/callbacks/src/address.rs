//! The parts of a callback address.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// The subject of a provider's call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    Receipts,
    OptOuts,
}

const PREFIX: &str = "/v1/providers/";

/// A callback address. Names and secrets have no character that an address escapes, so nothing is unescaped.
pub struct Address {
    /// The account's name.
    pub account: String,
    /// `None` if the segment names no event.
    pub event: Option<Event>,
    /// The last segment, which is a secret.
    pub secret: Option<String>,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut segments = parts.uri.path().trim_start_matches(PREFIX).split('/');
        let account = segments.next().unwrap_or_default().to_owned();
        let event = match segments.next() {
            Some("receipts") => Some(Event::Receipts),
            Some("opt-outs") => Some(Event::OptOuts),
            _ => None,
        };
        Ok(Self { account, event, secret: segments.next().map(str::to_owned) })
    }
}
