//! Why a cell holds no number that can be texted.

use domain::msisdn::MsisdnError;
use rlibphonenumber::{ParseError, ValidationError};
use thiserror::Error;

/// Why an input is not a phone number. The texts are the reasons of an import
/// report: they stand beside the row and never repeat the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NumberError {
    /// A blank cell: a contact without a phone, not a bad row.
    #[error("no phone number")]
    Empty,
    /// Something else than a phone number stands here.
    #[error("not a phone number")]
    NotANumber,
    /// The country code is assigned to no country.
    #[error("the country code does not exist")]
    UnknownCountryCode,
    /// Fewer digits than any number of its country.
    #[error("too short for a phone number of its country")]
    TooShort,
    /// More digits than any number of its country, or than E.164 allows.
    #[error("too long for a phone number of its country")]
    TooLong,
    /// A possible length, but in no range that its country has assigned.
    #[error("not a valid phone number of its country")]
    NotValid,
}

impl From<ParseError> for NumberError {
    fn from(refusal: ParseError) -> Self {
        match refusal {
            ParseError::NotANumber(_) => Self::NotANumber,
            ParseError::InvalidCountryCode => Self::UnknownCountryCode,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Self::TooShort,
            ParseError::TooLongNsn => Self::TooLong,
        }
    }
}

impl From<ValidationError> for NumberError {
    fn from(refusal: ValidationError) -> Self {
        match refusal {
            ValidationError::InvalidCountryCode => Self::UnknownCountryCode,
            ValidationError::TooShort => Self::TooShort,
            ValidationError::TooLong => Self::TooLong,
            ValidationError::InvalidLength => Self::NotValid,
        }
    }
}

impl From<MsisdnError> for NumberError {
    fn from(refusal: MsisdnError) -> Self {
        match refusal {
            MsisdnError::TooShort => Self::TooShort,
            MsisdnError::TooLong => Self::TooLong,
            MsisdnError::NotInternational => Self::NotValid,
        }
    }
}
