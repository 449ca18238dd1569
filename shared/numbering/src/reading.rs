//! Reads a phone number from a text.

use domain::{
    msisdn::Msisdn,
    phone::{LineType, Phone},
    tariff::Tariff,
};
use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, PhoneNumberType};

use crate::{
    HomeCountry, NumberError,
    shape::{self, Digits},
};

/// Digits of most national numbers, without the trunk prefix.
const NATIONAL_DIGITS: usize = 9;

/// Reads phone numbers as people of a country write them.
#[derive(Clone, Copy)]
pub struct NumberReader<'a> {
    home: HomeCountry,
    tariff: &'a Tariff,
}

struct Valid {
    number: Msisdn,
    kind: PhoneNumberType,
}

impl<'a> NumberReader<'a> {
    /// A number without a country code is read as `home`'s. The organisation's tariff gives the other countries that it
    /// sends to.
    pub const fn new(home: HomeCountry, tariff: &'a Tariff) -> Self {
        Self { home, tariff }
    }

    /// A copy that reads national numbers as numbers of another country.
    pub const fn at_home_in(self, home: HomeCountry) -> Self {
        Self { home, ..self }
    }

    /// The country whose numbers are written without a country code.
    pub const fn home(self) -> HomeCountry {
        self.home
    }

    /// Reads a cell.
    ///
    /// A leading 00 is read as a plus if that gives a valid number, because people write it so in every country.
    /// libphonenumber knows only the prefix that is dialled in the home country (000 in Kenya, 009 in Nigeria, 011 in
    /// the United States), which is read as well.
    pub fn read(self, cell: &str) -> Result<Phone, NumberError> {
        let written = shape::read(cell)?;
        match self
            .read_digits(&written)
            .or_else(|refusal| self.without_plus(&written).unwrap_or(Err(refusal)))
        {
            // `20261128` is also an old landline's number in Kenya.
            Ok(Valid { kind, .. }) if !line_of(kind).gets_texts() && is_date(&written) => {
                Err(NumberError::Date)
            }
            Ok(Valid { number, kind }) => Ok(Phone { number, line: line_of(kind) }),
            Err(NumberError::TooShort | NumberError::NotValid) if is_cut_off(&written) => {
                Err(NumberError::Letters)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn read_digits(self, written: &Digits) -> Result<Valid, NumberError> {
        let Digits { digits, is_international, .. } = written;
        let international = if *is_international { Some(digits.as_str()) } else { after_00(digits) };
        match international.map(|digits| self.valid(&format!("+{digits}"))) {
            Some(read) if *is_international => read,
            // If both readings fail, the error is that of the more likely one.
            Some(read) => read.or_else(|refusal| self.valid(digits).map_err(|_| refusal)),
            None => self.valid(digits),
        }
    }

    /// A foreign mobile number that lost its plus, as in a spreadsheet; `None` if the digits are not one. The home
    /// country's reading must have failed before. Without a price the number is more likely a mistake, and has its own
    /// error.
    fn without_plus(self, written: &Digits) -> Option<Result<Valid, NumberError>> {
        if written.is_international || written.digits.starts_with('0') || is_cut_off(written) {
            return None;
        }
        let read = self.valid(&format!("+{}", written.digits)).ok()?;
        let is_mobile = matches!(read.kind, PhoneNumberType::Mobile | PhoneNumberType::FixedLineOrMobile);
        is_mobile.then(|| match self.tariff.price(read.number) {
            Some(_) => Ok(read),
            None => Err(NumberError::WithoutPlus),
        })
    }

    /// libphonenumber's reading of digits with or without a plus. A number has a type exactly if it is valid.
    fn valid(self, text: &str) -> Result<Valid, NumberError> {
        let number = PHONE_NUMBER_UTIL.parse(text, Some(self.home.region()))?;
        match number.get_type() {
            PhoneNumberType::Unknown => Err(reason_not_valid(&number)),
            kind => {
                Ok(Valid { number: Msisdn::parse_e164(&number.format_as(PhoneNumberFormat::E164))?, kind })
            }
        }
    }
}

const fn line_of(kind: PhoneNumberType) -> LineType {
    match kind {
        PhoneNumberType::Mobile => LineType::Mobile,
        PhoneNumberType::FixedLineOrMobile => LineType::FixedLineOrMobile,
        PhoneNumberType::VoIP => LineType::Voip,
        PhoneNumberType::PersonalNumber => LineType::Personal,
        // A valid number is never unknown.
        PhoneNumberType::FixedLine | PhoneNumberType::Unknown => LineType::FixedLine,
        PhoneNumberType::TollFree => LineType::TollFree,
        PhoneNumberType::PremiumRate => LineType::PremiumRate,
        PhoneNumberType::SharedCost => LineType::SharedCost,
        PhoneNumberType::Pager => LineType::Pager,
        PhoneNumberType::UAN => LineType::Company,
        PhoneNumberType::VoiceMail => LineType::Voicemail,
    }
}

/// Whether a word follows so few digits that it replaces some of them: `0712 345 Joe`.
const fn is_cut_off(written: &Digits) -> bool {
    written.has_words_after && written.digits.len() < NATIONAL_DIGITS
}

/// Whether the digits may be a date, as computers write it.
fn is_date(written: &Digits) -> bool {
    !written.is_international && shape::is_compact_date(&written.digits)
}

/// The rest after a 00 that can replace a plus: no country code starts with 0.
fn after_00(digits: &str) -> Option<&str> {
    digits.strip_prefix("00").filter(|after| after.starts_with(|first| matches!(first, '1'..='9')))
}

fn reason_not_valid(number: &PhoneNumber) -> NumberError {
    match number.is_possible_with_reason() {
        Ok(_) => NumberError::NotValid,
        Err(refusal) => refusal.into(),
    }
}
