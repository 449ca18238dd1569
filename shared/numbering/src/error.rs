//! Why a cell is not a phone number.

use domain::msisdn::MsisdnError;
use rlibphonenumber::{ParseError, ValidationError};
use thiserror::Error;

/// Why a cell is not a phone number. The texts are the reasons in an import's report: each appears next to its row, and
/// none repeats the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum NumberError {
    /// A blank cell: a contact without a phone, not a bad row.
    #[error("no phone number")]
    Empty,
    /// A text such as `n/a`.
    #[error("says that there is no phone number")]
    Placeholder,
    /// More characters than a number with a remark has.
    #[error("more text than a phone number and a short remark")]
    TooManyCharacters,
    /// No digit at all.
    #[error("words, not a phone number")]
    Words,
    /// Letters among the digits.
    #[error("letters in the place of digits")]
    Letters,
    /// The latitude and longitude of a place.
    #[error("coordinates of a place, not a phone number")]
    Coordinates,
    /// Digits hidden behind `X` or `*`.
    #[error("some of its digits are hidden")]
    Mask,
    /// A date or a time.
    #[error("a date or a time, not a phone number")]
    Date,
    /// An amount of money, a quantity, or a number with decimals.
    #[error("an amount or a quantity, not a phone number")]
    Amount,
    /// The number of a bank account.
    #[error("a bank account number (IBAN), not a phone number")]
    BankAccount,
    /// A number below zero.
    #[error("a negative number, not a phone number")]
    Negative,
    /// Scientific notation without all digits.
    #[error(
        "digits were lost in scientific notation: format the column as text in the spreadsheet and export it again"
    )]
    LostDigits,
    #[error("two phone numbers: write each in a row of its own")]
    TwoNumbers,
    /// A number and further digits that belong to no remark.
    #[error("other digits next to the phone number")]
    OtherDigits,
    /// The label says that it is another number.
    #[error("labelled as something other than a phone number")]
    OtherThing,
    /// An e-mail address or a link.
    #[error("an address, not a phone number")]
    Address,
    /// An identifier of WhatsApp that has digits in it, such as that of a group.
    #[error("the WhatsApp identifier of a group, a channel or a hidden number, not a phone number")]
    ChatIdentifier,
    /// Any other text.
    #[error("not a phone number")]
    NotANumber,
    /// Valid only as a mobile number of another country, for which the organisation has no price.
    #[error("has no plus; with a plus it is a number of another country: add the plus if that is right")]
    WithoutPlus,
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
