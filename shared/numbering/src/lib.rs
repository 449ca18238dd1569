//! Reads phone numbers as people write them: `0712 345 678`, `00254…`, `+254 (0)712…`.
//!
//! Only the function `books` calls it, for contacts and opt-outs that come in: it has the phone-number metadata of the
//! world (about 0.8 MB, 15 ms at its first use, 15 µs a number), which no other function should load. All other code
//! gets a [`Phone`](domain::phone::Phone): the number, and whether its line can get texts.
//!
//! It never says who operates a number or whether it is in service, and its errors never repeat the number. A number is
//! valid by libphonenumber's `is_valid_number`, fixed lines included. A text that does not look like a phone number
//! never reaches libphonenumber: see `shape`.
//!
//! A table for the home country would be faster, but could disagree with the library after a metadata update, so the
//! library decides alone.

mod characters;
mod error;
mod home_country;
mod reading;
mod shape;

pub use error::NumberError;
pub use home_country::{HomeCountry, HomeCountryError};
pub use reading::NumberReader;
