//! The amount nearest to the actual one that keeps the rest of the inputs below medium.
//!
//! The risk need not fall with the amount, so a fixed grid is scanned from the actual amount downward before the
//! step that first passes is halved. A passing range that lies between two points of the grid is missed.

use super::edit::Edit;
use super::inputs::Inputs;
use crate::detection::profile::minor_per_major;
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::score::RiskScore;

/// Steps of the grid, each by the same factor: 1.21 where it ends at a hundredth.
const N_STEPS: u32 = 24;
/// Halvings of a step. A step by 4.2 (an amount of 10^15 times the account's usual) takes nine to reach 1 %.
const N_HALVINGS: usize = 9;
/// The most amounts that are scored.
pub(super) const MAX_TRIALS: usize = N_STEPS as usize + N_HALVINGS;
/// The grid ends at this part of the amount, or at the account's usual one if that is smaller.
const LEAST_PART: f64 = 0.01;
/// From this many major units on, only whole ones are tried: plain figures that say as much.
const WHOLE_FROM: i64 = 10;

/// The largest amount below the actual one that passes, to about 1 % or one unit, and its risk score.
pub(super) fn nearest(inputs: &Inputs<'_>) -> Option<(Edit, RiskScore)> {
    let mut failing = inputs.transaction.amount.minor();
    for minor in grid(inputs) {
        if minor >= failing {
            continue;
        }
        match passing(minor, inputs) {
            Some(found) => {
                let (amount, risk) = narrow(failing, found, inputs);
                return Some((Edit::Amount(amount), risk));
            }
            None => failing = minor,
        }
    }
    None
}

/// The amount and its risk score if it passes.
fn passing(minor: i64, inputs: &Inputs<'_>) -> Option<(Amount, RiskScore)> {
    let amount = Amount::from_minor(minor, inputs.transaction.amount.currency()).ok()?;
    Some((amount, inputs.with(Edit::Amount(amount))?.risk_below()?))
}

/// Halves the step between an amount that fails and a smaller one that passes.
fn narrow(mut failing: i64, mut found: (Amount, RiskScore), inputs: &Inputs<'_>) -> (Amount, RiskScore) {
    for _ in 0..N_HALVINGS {
        let low = found.0.minor();
        let middle = plain(low + (failing - low) / 2, found.0.currency());
        if middle <= low || failing - low <= low / 100 {
            break;
        }
        match passing(middle, inputs) {
            Some(larger) => found = larger,
            None => failing = middle,
        }
    }
    found
}

/// Amounts to try in minor units, each a plain figure, falling; neighbours may be equal.
fn grid(inputs: &Inputs<'_>) -> impl Iterator<Item = i64> {
    let amount = inputs.transaction.amount;
    let currency = amount.currency();
    let start = amount.minor() as f64;
    let usual = inputs
        .account
        .amounts()
        .of(currency)
        .map_or(f64::INFINITY, |statistics| libm::exp(statistics.log_mean()) * minor_per_major(currency));
    let reach = libm::log(start / usual.min(start * LEAST_PART).max(1.0)).max(0.0);
    (1..=N_STEPS).map(move |step| {
        let minor = start * libm::exp(-reach * f64::from(step) / f64::from(N_STEPS));
        plain((minor.round() as i64).max(1), currency)
    })
}

/// Whole major units from ten on, rounded down; smaller amounts as they are.
fn plain(minor: i64, currency: CurrencyCode) -> i64 {
    let major = 10_i64.pow(currency.decimals());
    if minor >= WHOLE_FROM * major { minor - minor % major } else { minor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_to_try_are_plain_figures() {
        let euro = CurrencyCode::parse("EUR").unwrap();
        assert_eq!((plain(6_437, euro), plain(1_000, euro), plain(999, euro)), (6_400, 1_000, 999));
        assert_eq!(plain(6_437, CurrencyCode::parse("JPY").unwrap()), 6_437);
    }
}
