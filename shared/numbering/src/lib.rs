//! Reads phone numbers as people write them: `0712 345 678`, `00254…`, `+254 (0)712…`.
//!
//! Called by the books function only, where contacts and opt-outs come in: it
//! carries the phone-number metadata of the world (about 0.8 MB, 15 ms on first
//! use, 15 µs a number), which no other function should start with. Everything
//! behind it sees a [`Phone`](domain::phone::Phone): the number, and whether its line gets texts.
//!
//! It never says who operates a number or whether it is in service, and its
//! errors never repeat the number. Validity is libphonenumber's `is_valid_number`,
//! fixed lines included. What does not look like a phone number never reaches libphonenumber: `shape` says why.
//!
//! A table of our own for the home country would be faster, but could disagree with
//! the library after any metadata update: there is one source of truth here.

mod characters;
mod error;
mod home_country;
mod reading;
mod shape;

pub use error::NumberError;
pub use home_country::{HomeCountry, HomeCountryError};
pub use reading::NumberReader;
