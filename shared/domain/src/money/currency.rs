//! Currencies and how many decimals their amounts have.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Money;

/// Currencies whose coins are whole units (ISO 4217, list one).
const WITHOUT_DECIMALS: &str = "\
    BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF \
";

/// Currencies with hundredths.
const WITH_TWO_DECIMALS: &str = "\
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY \
    COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR \
    ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK \
    MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP \
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER \
    ZAR ZMW ZWG \
";

/// Currencies with thousandths.
const WITH_THREE_DECIMALS: &str = "\
    BHD IQD JOD KWD LYD OMR TND \
";

/// The ISO 4217 code of a currency in which people pay, such as `KES`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    decimals: u8,
}

/// The text is not the code of such a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("must be the ISO 4217 code of a currency, such as KES")]
pub struct CurrencyError;

impl Currency {
    pub const KES: Self = Self { code: *b"KES", decimals: 2 };

    /// Decimals of its smallest coin: 2 for most currencies, none for UGX, 3 for BHD. Prices may be finer.
    pub const fn decimals(self) -> u8 {
        self.decimals
    }

    /// An amount as a plain decimal, with the currency's decimals, and with more only if the amount has them:
    /// `1248.00`, `0.8501`.
    pub fn decimal(self, amount: Money) -> String {
        amount.with_decimals(self.decimals)
    }

    /// An amount with its currency in front, as costs are shown: `KES 1248.00`.
    pub fn show(self, amount: Money) -> String {
        format!("{self} {}", self.decimal(amount))
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let lists = [(0, WITHOUT_DECIMALS), (2, WITH_TWO_DECIMALS), (3, WITH_THREE_DECIMALS)];
        let is_in = |codes: &str| codes.split_ascii_whitespace().any(|code| code == text);
        let (decimals, _) = lists.into_iter().find(|(_, codes)| is_in(codes)).ok_or(CurrencyError)?;
        let code = text.as_bytes().try_into().map_err(|_| CurrencyError)?;
        Ok(Self { code, decimals })
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.code).unwrap_or("???"))
    }
}

impl TryFrom<String> for Currency {
    type Error = CurrencyError;

    fn try_from(text: String) -> Result<Self, CurrencyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn an_amount_has_the_decimals_of_its_currency_and_more_only_if_it_needs_them() {
        let show = |code, amount| currency(code).show(Money::from_ten_thousandths(amount));
        assert_eq!(show("KES", 12_480_000), "KES 1248.00");
        assert_eq!(show("KES", 8_501), "KES 0.8501");
        assert_eq!(show("UGX", 350_000_000), "UGX 35000");
        assert_eq!(show("UGX", 355_000), "UGX 35.5");
        assert_eq!(show("JPY", 0), "JPY 0");
        assert_eq!(show("BHD", 12_500), "BHD 1.250");
        assert_eq!(show("BHD", 12_504), "BHD 1.2504");
        assert_eq!(show("RWF", -10_000), "RWF -1");
    }

    #[test]
    fn a_currency_has_the_decimals_of_iso_4217() {
        for code in ["UGX", "RWF", "XOF", "XAF", "JPY", "KRW", "VND"] {
            assert_eq!(currency(code).decimals(), 0, "{code}");
        }
        for code in ["KES", "TZS", "NGN", "GHS", "ZAR", "ETB", "EUR", "USD", "GBP", "INR"] {
            assert_eq!(currency(code).decimals(), 2, "{code}");
        }
        for code in ["BHD", "KWD", "TND", "JOD"] {
            assert_eq!(currency(code).decimals(), 3, "{code}");
        }
        assert_eq!(currency("KES"), Currency::KES);
    }

    #[test]
    fn only_codes_of_currencies_in_use_are_read() {
        assert_eq!(String::from(Currency::KES), "KES");
        let others = ["kes", "Kes", "K3S", "KE", "KESH", "", "KSH", "ABC", "XXX", "XAU", "USD EUR", "D E"];
        for text in others {
            assert_eq!(text.parse::<Currency>(), Err(CurrencyError), "{text}");
        }
    }

    #[test]
    fn every_listed_code_is_three_capitals_and_is_read() {
        let lists = [WITHOUT_DECIMALS, WITH_TWO_DECIMALS, WITH_THREE_DECIMALS];
        let codes: Vec<&str> = lists.iter().flat_map(|codes| codes.split_ascii_whitespace()).collect();
        for code in &codes {
            assert!(code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()), "{code}");
            assert_eq!(currency(code).to_string(), *code);
        }
        let distinct: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), codes.len());
    }
}
