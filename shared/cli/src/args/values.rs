//! Parsers for values of the command line whose types have no suitable `FromStr`.

use contact_files::ColumnChoice;
use domain::{
    ids::{CampaignId, KeyId},
    money::Money,
    msisdn::Msisdn,
    pacing::Pace,
    sender_id::SenderId,
    tariff::Price,
    timestamp::{Millis, Offset, Timestamp},
};
use numbering::HomeCountry;
use platform::clock::Clock;

use crate::operator::Setting;

/// A sender, and its own rate if it has one.
pub(crate) type PacedSender = (SenderId, Option<Pace>);

/// The word for no limit.
const NONE: &str = "none";
/// The longest reason of a correction.
const MAX_REASON_CHARACTERS: usize = 200;
/// The longest reference of a payment: it is a part of its ledger line's key.
const MAX_REFERENCE_CHARACTERS: usize = 255;

/// A whole number of a range. The messages of Rust's own parser ("invalid digit found in string") do not help a user.
pub(super) fn whole_number(text: &str, least: u32, most: u32) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| match most {
        u32::MAX => format!("must be a whole number from {least}"),
        most => format!("must be a whole number from {least} to {most}"),
    })
}

/// A sender of an account, and its own rate if it has one: `ACME` or `+15005550006=1`.
pub(super) fn paced_sender(text: &str) -> Result<PacedSender, String> {
    let (sender, rate) = text.split_once('=').map_or((text, None), |(sender, rate)| (sender, Some(rate)));
    let sender = SenderId::parse(sender).map_err(|error| error.to_string())?;
    Ok((sender, rate.map(pace).transpose()?))
}

/// A campaign's number, from 1.
pub(super) fn campaign(text: &str) -> Result<CampaignId, String> {
    let number = text.parse().ok().and_then(CampaignId::new);
    number.ok_or_else(|| format!("must be a whole number from 1 to {}", CampaignId::MAX))
}

/// Requests per minute, from 1.
pub(super) fn rate_limit(text: &str) -> Result<u32, String> {
    whole_number(text, 1, u32::MAX)
}

pub(super) fn key_id(text: &str) -> Result<KeyId, String> {
    text.parse().map_err(|_| "must be a key's id, as `sms key list` shows it".to_owned())
}

/// A name with at least one visible character.
pub(super) fn name(text: &str) -> Result<String, String> {
    let is_readable = text.chars().any(char::is_alphanumeric) && !text.chars().any(char::is_control);
    is_readable.then(|| text.trim().to_owned()).ok_or_else(|| "must have a letter or a digit".to_owned())
}

/// The reference of a payment.
pub(super) fn reference(text: &str) -> Result<String, String> {
    let reference = name(text)?;
    let is_short = reference.chars().count() <= MAX_REFERENCE_CHARACTERS;
    is_short.then_some(reference).ok_or(format!("must have at most {MAX_REFERENCE_CHARACTERS} characters"))
}

/// A number in international form.
pub(super) fn international(text: &str) -> Result<Msisdn, String> {
    Msisdn::parse_e164(text).map_err(|error| format!("{error}: such as 254712345678"))
}

/// Segments a second, from 1.
pub(super) fn pace(text: &str) -> Result<Pace, String> {
    let pace = whole_number(text, 1, u32::MAX)?;
    Pace::per_second(pace).ok_or_else(|| "must be a whole number from 1".to_owned())
}

/// Segments a second, or none.
pub(super) fn pace_or_none(text: &str) -> Result<Setting<Pace>, String> {
    if text == NONE { Ok(Setting::Off) } else { pace(text).map(Setting::On) }
}

/// `username=acme`
pub(super) fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("must be a name and a value, such as username=acme")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// `phone=Simu`
pub(super) fn column(text: &str) -> Result<String, String> {
    ColumnChoice::default().add(text, '=').map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// The code of a country, in capital letters.
pub(super) fn country(text: &str) -> Result<String, String> {
    let known = HomeCountry::parse(text).map(|_| text.to_ascii_uppercase());
    known.map_err(|_| "must be the two letters of a country (ISO 3166-1), such as KE".to_owned())
}

/// RFC 3339, later than now.
pub(super) fn future(text: &str) -> Result<Timestamp, String> {
    let instant = Timestamp::parse_rfc3339(text).map_err(|error| error.to_string())?;
    let is_ahead = instant > Clock::machine().now();
    is_ahead.then_some(instant).ok_or_else(|| "must be in the future".to_owned())
}

/// `254=1.00`
pub(super) fn price(text: &str) -> Result<Price, String> {
    let (prefix, amount) = text.split_once('=').ok_or("must be PREFIX=AMOUNT, such as 254=1.00")?;
    let per_segment = amount.parse::<Money>().map_err(|error| error.to_string())?;
    Ok(Price { prefix: prefix.to_owned(), per_segment })
}

/// `500.00`, above zero
pub(super) fn positive_amount(text: &str) -> Result<Money, String> {
    let amount = text.parse::<Money>().map_err(|error| error.to_string())?;
    amount.is_positive().then_some(amount).ok_or_else(|| "must be above zero".to_owned())
}

/// One line of text, of up to [`MAX_REASON_CHARACTERS`].
pub(super) fn reason(text: &str) -> Result<String, String> {
    let reason = name(text)?;
    let is_short = reason.chars().count() <= MAX_REASON_CHARACTERS;
    is_short.then_some(reason).ok_or(format!("must have at most {MAX_REASON_CHARACTERS} characters"))
}

/// Whole minutes, from 1.
pub(super) fn minutes(text: &str) -> Result<Millis, String> {
    whole_number(text, 1, u32::MAX).map(|minutes| Millis::from_mins(minutes.into()))
}

/// `5000.00`, or `none`
pub(super) fn spend_cap(text: &str) -> Result<Setting<Money>, String> {
    if text == NONE { Ok(Setting::Off) } else { positive_amount(text).map(Setting::On) }
}

/// Whole minutes, or `none`.
pub(super) fn duplicate_window(text: &str) -> Result<Setting<Millis>, String> {
    if text == NONE { Ok(Setting::Off) } else { minutes(text).map(Setting::On) }
}

/// `+03:00`
pub(super) fn offset(text: &str) -> Result<Offset, String> {
    let wrong = || "must be an offset from UTC, such as +03:00".to_owned();
    let (sign, clock) = match text.split_at_checked(1) {
        Some(("+", clock)) => (1, clock),
        Some(("-", clock)) => (-1, clock),
        _ => return Err(wrong()),
    };
    let (hours, minutes) = clock.split_once(':').ok_or_else(wrong)?;
    let part = |text: &str| text.parse::<u8>().ok().filter(|part| *part < 60).map(i32::from);
    let (hours, minutes) = part(hours).zip(part(minutes)).ok_or_else(wrong)?;
    Offset::try_from(sign * (hours * 3600 + minutes * 60)).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_read_with_its_sign() {
        assert_eq!(offset("+03:00"), Ok(Offset::EAST_AFRICA));
        assert_eq!(offset("-00:30").map(i32::from), Ok(-1_800));
        for text in ["", "3", "03:00", "+3", "+03:61", "+99:00"] {
            assert!(offset(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_campaigns_number_counts_from_one() {
        assert_eq!(campaign("84").map(CampaignId::get), Ok(84));
        for text in ["", "0", "-1", "84.0", "1099511627776"] {
            assert!(campaign(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_value_that_is_not_a_number_is_refused_in_plain_words() {
        assert_eq!(whole_number("12", 1, 12), Ok(12));
        for text in ["", "x", "0", "13", "-1", "1.5", "99999999999"] {
            assert_eq!(
                whole_number(text, 1, 12).unwrap_err(),
                "must be a whole number from 1 to 12",
                "{text}"
            );
        }
        assert_eq!(rate_limit("0").unwrap_err(), "must be a whole number from 1");
        assert!(key_id("4711").unwrap_err().contains("sms key list"));
    }

    #[test]
    fn a_reference_can_be_read() {
        assert_eq!(reference(" QX12 "), Ok("QX12".to_owned()));
        for text in ["", "  ", "\u{200b}", "-", "M\n1", &"x".repeat(256)] {
            assert!(reference(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_time_must_be_in_the_future() {
        assert!(future("2999-01-01T00:00:00Z").is_ok());
        assert_eq!(future("2020-01-01T00:00:00Z").unwrap_err(), "must be in the future");
        assert!(future("tomorrow").is_err());
    }

    #[test]
    fn a_price_has_a_prefix_and_an_amount() {
        assert_eq!(price("254=0.80").unwrap().per_segment, Money::from_ten_thousandths(8_000));
        assert!(price("254").is_err() && price("254=").is_err() && price("254=0.80001").is_err());
    }
}
