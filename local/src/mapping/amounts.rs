//! From a decimal in a file to an amount of money, by rules that are stated and counted.
//!
//! Files from simulations hold zeros, negatives and more decimals than the currency has; the API takes none
//! of these. What is done about them changes what is measured, so the mapping must say it.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;
use shared::domain::Invalid;
use shared::domain::money::{Amount, CurrencyCode};

/// What to do with decimals beyond the currency's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// To the nearest minor unit, a tie to the even one: no drift over many rows.
    HalfEven,
    /// They are an error.
    Refuse,
}

/// What to do with an amount that is not positive once rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotPositive {
    /// Leave the row out.
    Skip,
    /// Make it the smallest amount there is: 0.01 for EUR.
    RaiseToMinorUnit,
    /// It is an error.
    Fail,
}

/// How a file's amounts become money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountRules {
    /// What to do with too many decimals.
    pub rounding: Rounding,
    /// What to do with zero and less.
    pub not_positive: NotPositive,
}

/// What became of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// The very amount of the file.
    Exact(Amount),
    /// Rounded to the minor unit.
    Rounded(Amount),
    /// Was not positive, now one minor unit.
    Raised(Amount),
    /// Was not positive: the row is left out.
    Skipped,
}

impl AmountRules {
    /// Reads a decimal, with or without an exponent, as money.
    ///
    /// # Errors
    /// When it is not a decimal, is too large, or is what the rules refuse.
    pub fn convert(self, text: &str, currency: CurrencyCode) -> Result<Conversion, Invalid> {
        let decimal = Decimal::from_str_exact(text)
            .or_else(|_| Decimal::from_scientific(text))
            .map_err(|_| Invalid::new("must be a decimal such as 12.34"))?;
        let rounded = decimal.round_dp(currency.decimals());
        if rounded != decimal && self.rounding == Rounding::Refuse {
            return Err(Invalid(format!(
                "must have at most {} decimals for {currency}, or the mapping must round half_even",
                currency.decimals()
            )));
        }
        if rounded <= Decimal::ZERO {
            return self.convert_not_positive(currency);
        }
        let minor = rounded
            .checked_mul(Decimal::from(10_i64.pow(currency.decimals())))
            .and_then(|minor| minor.to_i64())
            .ok_or_else(|| Invalid::new("is too large"))?;
        let amount = Amount::from_minor(minor, currency)?;
        Ok(if rounded == decimal { Conversion::Exact(amount) } else { Conversion::Rounded(amount) })
    }

    fn convert_not_positive(self, currency: CurrencyCode) -> Result<Conversion, Invalid> {
        match self.not_positive {
            NotPositive::Skip => Ok(Conversion::Skipped),
            NotPositive::RaiseToMinorUnit => Amount::from_minor(1, currency).map(Conversion::Raised),
            NotPositive::Fail => Err(Invalid::new(
                "must be greater than zero, or the mapping must say skip or raise_to_minor_unit for not_positive",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(text: &str, rounding: Rounding, not_positive: NotPositive) -> Result<Conversion, Invalid> {
        AmountRules { rounding, not_positive }.convert(text, CurrencyCode::parse("EUR").unwrap())
    }

    fn euro(minor: i64) -> Amount {
        Amount::from_minor(minor, CurrencyCode::parse("EUR").unwrap()).unwrap()
    }

    #[test]
    fn ties_round_to_the_even_cent() {
        let rounded = |text| convert(text, Rounding::HalfEven, NotPositive::Fail).unwrap();
        assert_eq!(rounded("2.345"), Conversion::Rounded(euro(234)));
        assert_eq!(rounded("2.355"), Conversion::Rounded(euro(236)));
        assert_eq!(rounded("2.3451"), Conversion::Rounded(euro(235)));
        assert_eq!(rounded("57.160"), Conversion::Exact(euro(5_716)));
        assert_eq!(rounded("1.5e2"), Conversion::Exact(euro(15_000)));
    }

    #[test]
    fn an_amount_that_is_not_positive_follows_its_rule() {
        for text in ["0", "0.00", "-3.20", "0.004"] {
            assert_eq!(convert(text, Rounding::HalfEven, NotPositive::Skip), Ok(Conversion::Skipped));
            let raised = convert(text, Rounding::HalfEven, NotPositive::RaiseToMinorUnit);
            assert_eq!(raised, Ok(Conversion::Raised(euro(1))));
            assert!(convert(text, Rounding::HalfEven, NotPositive::Fail).is_err());
        }
    }

    #[test]
    fn what_is_no_amount_or_too_fine_or_too_large_is_refused() {
        for text in ["", "NaN", "1,50", "abc", "1e400", "99999999999999"] {
            assert!(convert(text, Rounding::HalfEven, NotPositive::Skip).is_err(), "{text} was taken");
        }
        assert!(convert("1.001", Rounding::Refuse, NotPositive::Skip).is_err());
    }
}
