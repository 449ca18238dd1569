//! A call of a provider, verified by the account that it names.

use std::sync::Arc;

use bytes::Bytes;
use domain::ids::AccountName;
use http::{HeaderMap, HeaderValue, Method, header};
use providers::{Callback, CallbackError, CallbackMethod, CallbackReader, Kind, OptOut, Report};
use web::{ApiError, ErrorCode};

use crate::address::Event;

/// A callback, with its body. No `Debug`: it names phone numbers.
pub struct Call {
    /// The account, as the address names it.
    pub account: String,
    /// `None` if the address names no event.
    pub event: Option<Event>,
    pub method: Method,
    /// The address as it was signed.
    pub url: String,
    /// The last segment of the address, if it is a secret.
    pub secret: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// An account that its provider calls back.
#[derive(Clone, Debug)]
pub struct CallbackAccount {
    pub name: AccountName,
    pub kind: &'static Kind,
    /// Reads its callbacks; `None` if its values are missing or wrong.
    pub reader: Option<Arc<dyn CallbackReader>>,
}

pub struct Verified {
    /// The account whose provider called.
    pub account: AccountName,
    pub content: Content,
}

pub enum Content {
    Reports(Vec<Report>),
    OptOuts(Vec<OptOut>),
}

/// Why a call is rejected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Rejection {
    /// No account has the name.
    UnknownAccount,
    /// No account that is known has the name, and the last reading of accounts failed.
    AccountsUnread,
    /// Values of the account are missing or wrong.
    NotConfigured(AccountName),
    /// The provider calls with another method.
    WrongMethod(CallbackMethod),
    /// The provider never calls this address.
    NotServed,
    /// The call is not the provider's.
    Forged,
    /// The call is the provider's, but its content cannot be read; with the reason.
    Malformed(AccountName, String),
}

impl Call {
    /// Verifies the call with the reader of an account, and reads it.
    pub fn verify(&self, account: &CallbackAccount) -> Result<Verified, Rejection> {
        let name = account.name;
        let reader = account.reader.as_deref().ok_or(Rejection::NotConfigured(name))?;
        let method = account.kind.callbacks.ok_or(Rejection::NotServed)?;
        if method.method() != self.method {
            return Err(Rejection::WrongMethod(method));
        }
        let content = self.read(reader).map_err(|error| match error {
            CallbackError::Forged => Rejection::Forged,
            CallbackError::NotServed => Rejection::NotServed,
            CallbackError::Malformed(reason) => Rejection::Malformed(name, reason),
        })?;
        Ok(Verified { account: name, content })
    }

    fn read(&self, reader: &dyn CallbackReader) -> Result<Content, CallbackError> {
        let callback = Callback {
            url: &self.url,
            path_secret: self.secret.as_deref(),
            headers: &self.headers,
            body: &self.body,
        };
        match self.event {
            Some(Event::Receipts) => reader.reports(&callback).map(Content::Reports),
            Some(Event::OptOuts) => reader.opt_outs(&callback).map(Content::OptOuts),
            None => Err(CallbackError::NotServed),
        }
    }
}

impl Rejection {
    /// Whether newer accounts and secrets may verify the call.
    pub const fn may_be_outdated(&self) -> bool {
        matches!(self, Self::UnknownAccount | Self::NotConfigured(_) | Self::Forged)
    }

    /// The rejection if accounts could not be read again. An account that was added since may have the name.
    pub fn without_reading(self) -> Self {
        if self == Self::UnknownAccount { Self::AccountsUnread } else { self }
    }

    pub fn answer(&self) -> ApiError {
        let error = |code, detail: &str| ApiError::new(code, detail.to_owned());
        match self {
            Self::UnknownAccount => {
                error(ErrorCode::UnknownPath, "No provider account of this name is called back here.")
            }
            Self::AccountsUnread => {
                error(ErrorCode::Unavailable, "The accounts cannot be read right now; call again.")
                    .retry_after(30)
            }
            Self::NotConfigured(_) => {
                error(ErrorCode::Unavailable, "This account is not configured; call again.").retry_after(60)
            }
            Self::WrongMethod(method) => {
                let detail = format!("The provider of this account calls with {}.", method.method());
                ApiError::new(ErrorCode::MethodNotAllowed, detail)
                    .header(header::ALLOW, HeaderValue::from_static(method.as_str()))
            }
            Self::NotServed => ApiError::unknown_path(),
            Self::Forged => error(ErrorCode::ForgedCallback, "This callback is not the provider's."),
            Self::Malformed(_, reason) => {
                let detail = format!("The callback cannot be read: {reason}.");
                ApiError::new(ErrorCode::MalformedCallback, detail)
            }
        }
    }
}
