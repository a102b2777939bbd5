//! Money: whole minor units and a currency, never a float.

use super::Invalid;
use iso_currency::Currency;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::fmt;

/// The largest amount taken, in minor units: about nine trillion euro, far below where sums overflow.
const MAX_MINOR: i64 = 999_999_999_999_999;

/// An ISO 4217 currency with a defined number of decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CurrencyCode(Currency);

impl CurrencyCode {
    /// Reads a three-letter code in capitals.
    ///
    /// # Errors
    /// When ISO 4217 does not know the code, or gives it no minor unit (gold, test codes).
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Currency::from_code(text)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or_else(|| Invalid::new("must be an ISO 4217 currency code in capitals, such as EUR"))
    }

    /// The three letters.
    pub fn as_str(self) -> &'static str {
        self.0.code()
    }

    /// Decimals of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    pub fn decimals(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl fmt::Display for CurrencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A positive amount of money: 1 to 999,999,999,999,999 minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount {
    minor: i64,
    currency: CurrencyCode,
}

impl Amount {
    /// Reads a plain decimal such as `12.34`: no sign, no exponent, at most the currency's decimals.
    ///
    /// # Errors
    /// When it is not such a decimal, is zero, is too large, or has more decimals than the currency.
    pub fn parse(text: &str, currency: CurrencyCode) -> Result<Self, Invalid> {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !is_plain {
            return Err(Invalid::new("must be a decimal string of digits, such as \"12.34\""));
        }
        let decimal = Decimal::from_str_exact(text)
            .map_err(|_| Invalid::new("must be a decimal string of at most 28 digits, such as \"12.34\""))?;
        if decimal.scale() > currency.decimals() {
            return Err(Invalid(format!(
                "must have at most {} decimals for {currency}",
                currency.decimals()
            )));
        }
        let minor = decimal
            .checked_mul(Decimal::from(10_i64.pow(currency.decimals())))
            .and_then(|minor| minor.to_i64())
            .ok_or_else(|| Invalid::new("is too large"))?;
        Self::from_minor(minor, currency)
    }

    /// Takes whole minor units.
    ///
    /// # Errors
    /// When not in 1 to 999,999,999,999,999.
    pub fn from_minor(minor: i64, currency: CurrencyCode) -> Result<Self, Invalid> {
        match minor {
            ..=0 => Err(Invalid::new("must be greater than zero")),
            1..=MAX_MINOR => Ok(Self { minor, currency }),
            _ => Err(Invalid(format!("must be at most {MAX_MINOR} minor units"))),
        }
    }

    /// Whole minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> CurrencyCode {
        self.currency
    }
}

/// A sum of minor units as a decimal with all the currency's decimals; none past 28 digits.
pub fn decimal_text(minor: i128, currency: CurrencyCode) -> Option<String> {
    Some(Decimal::try_from_i128_with_scale(minor, currency.decimals()).ok()?.to_string())
}

/// The decimal without the currency, with all the currency's decimals: `12.30`.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.minor, self.currency.decimals()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, currency: &str) -> Result<i64, Invalid> {
        Amount::parse(text, CurrencyCode::parse(currency)?).map(Amount::minor)
    }

    #[test]
    fn amounts_keep_every_digit() {
        assert_eq!(parse("12.34", "EUR"), Ok(1_234));
        assert_eq!(parse("12.3", "EUR"), Ok(1_230));
        assert_eq!(parse("12", "JPY"), Ok(12));
        assert_eq!(parse("1.234", "KWD"), Ok(1_234));
        assert_eq!(parse("9999999999999.99", "EUR"), Ok(999_999_999_999_999));
        let shown = Amount::parse("12.3", CurrencyCode::parse("EUR").unwrap()).unwrap().to_string();
        assert_eq!(shown, "12.30");
    }

    #[test]
    fn amounts_that_would_lose_or_invent_money_are_refused() {
        for text in [
            "0",
            "0.00",
            "-1",
            "NaN",
            "1e400",
            "12.345",
            "",
            ".",
            "1_000",
            "+5",
            "1,5",
            " 1",
            "10000000000000",
        ] {
            assert!(parse(text, "EUR").is_err(), "{text} was taken");
        }
        assert!(parse("1.5", "JPY").is_err());
        assert!(CurrencyCode::parse("eur").is_err());
        assert!(CurrencyCode::parse("XAU").is_err());
    }
}
