//! The search: single changes first, then pairs, the smallest of each kind first.

use super::amount;
use super::edit::{Edit, Found, Input};
use super::inputs::Inputs;
use crate::domain::score::RiskScore;

/// Hours later that are tried: up to the same time of the next day, which would be the same hour.
pub(super) const LAST_HOUR: u8 = 23;
/// An hour is near if it is at most so many later: within the same part of the day.
pub(super) const NEAR_HOURS: u8 = 6;
/// An amount is near if it is at least the actual one divided by this.
const NEAR_AMOUNT: i64 = 10;

/// The smallest change that passes, of one input if any does, else of two.
pub(super) fn smallest(actual: &Inputs<'_>) -> Option<Found> {
    first_near(singles(actual), actual).or_else(|| first_near(pairs(actual), actual))
}

/// The first whose amount and hour are near; failing that, the first at all.
fn first_near(found: impl Iterator<Item = Found>, actual: &Inputs<'_>) -> Option<Found> {
    let mut far = None;
    for found in found {
        if is_near(&found, actual) {
            return Some(found);
        }
        far = far.or(Some(found));
    }
    far
}

fn is_near(found: &Found, actual: &Inputs<'_>) -> bool {
    let amount = actual.transaction.amount.minor();
    found.edits.iter().all(|edit| match edit {
        Edit::Amount(changed) => changed.minor().saturating_mul(NEAR_AMOUNT) >= amount,
        Edit::HoursLater(hours) => *hours <= NEAR_HOURS,
        Edit::KnownDevice | Edit::KnownPlace | Edit::TrustedCounterparty => true,
    })
}

fn singles(actual: &Inputs<'_>) -> impl Iterator<Item = Found> {
    Input::ALL.into_iter().filter_map(|input| {
        let (edit, risk) = nearest(input, actual)?;
        Some(Found { edits: vec![edit], risk })
    })
}

/// Each input with each later one: the later is fixed, and the earlier sought with it.
fn pairs(actual: &Inputs<'_>) -> impl Iterator<Item = Found> {
    let all = Input::ALL.into_iter();
    let inputs = all.flat_map(|sought| Input::ALL.into_iter().map(move |fixed| (sought, fixed)));
    inputs.filter(|(sought, fixed)| sought < fixed).filter_map(|(sought, fixed)| {
        let second = fixed_edit(fixed, actual)?;
        let (first, risk) = nearest(sought, &actual.with(second)?)?;
        Some(Found { edits: vec![first, second], risk })
    })
}

/// The nearest value of an input that passes, and its risk score.
fn nearest(input: Input, inputs: &Inputs<'_>) -> Option<(Edit, RiskScore)> {
    match input {
        Input::Amount => amount::nearest(inputs),
        Input::Hour => hours_later().find_map(|edit| passing(edit, inputs)),
        Input::Device | Input::Place | Input::Counterparty => {
            Inputs::only_edit(input).and_then(|edit| passing(edit, inputs))
        }
    }
}

fn passing(edit: Edit, inputs: &Inputs<'_>) -> Option<(Edit, RiskScore)> {
    Some((edit, inputs.with(edit)?.risk_below()?))
}

/// The edit of an input beside which another is sought. An hour is the near one of least risk by itself, the
/// earliest of equals: a scan of amounts at each would take six times as long.
fn fixed_edit(input: Input, inputs: &Inputs<'_>) -> Option<Edit> {
    if input != Input::Hour {
        return Inputs::only_edit(input);
    }
    let near = hours_later().take(usize::from(NEAR_HOURS));
    let risks = near.filter_map(|edit| Some((edit, inputs.with(edit)?.assess().risk.value())));
    risks.min_by(|(_, left), (_, right)| left.total_cmp(right)).map(|(edit, _)| edit)
}

fn hours_later() -> impl Iterator<Item = Edit> {
    (1..=LAST_HOUR).map(Edit::HoursLater)
}
