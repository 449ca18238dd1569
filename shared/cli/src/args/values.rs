//! Values of the command line that have no `FromStr` of their own.

use domain::{
    ids::CampaignId,
    money::Money,
    tariff::Price,
    timestamp::{Millis, Offset},
};

use crate::operator::Setting;

/// The word for no limit.
const NONE: &str = "none";

/// A whole number from 1
pub(super) fn campaign(text: &str) -> Result<CampaignId, String> {
    let number = text.parse::<u64>().map_err(|error| error.to_string())?;
    CampaignId::new(number).ok_or_else(|| format!("must be from 1 to {}", CampaignId::MAX))
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

/// Whole minutes.
pub(super) fn minutes(text: &str) -> Result<Millis, String> {
    text.parse::<u32>().map(|minutes| Millis::from_mins(minutes.into())).map_err(|error| error.to_string())
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
    fn a_price_has_a_prefix_and_an_amount() {
        assert_eq!(price("254=0.80").unwrap().per_segment.to_string(), "0.80");
        assert!(price("254").is_err() && price("254=").is_err() && price("254=0.80001").is_err());
    }
}
