//! The words of a counterfactual: every figure is that of the inputs that were scored.

use super::edit::{Edit, Found};
use super::inputs::Inputs;
use super::{Change, Counterfactual};
use crate::detection::profile::{hour_of, minor_per_major};
use crate::domain::money::Amount;
use jiff::Timestamp;

/// Words what was found for the actual inputs.
pub(super) fn describe(actual: &Inputs<'_>, found: &Found) -> Counterfactual {
    let changes = found.edits.iter().map(|edit| change(*edit, actual)).collect();
    let clauses: Vec<String> = found.edits.iter().map(|edit| clause(*edit, actual)).collect();
    let conditions = match clauses.as_slice() {
        [first, second] => format!("{first}, and {second},"),
        single => single.concat(),
    };
    let threshold = actual.engine.configuration().thresholds.medium();
    let (risk, threshold) = apart(found.risk.value(), threshold);
    let text = format!("{} it would have scored {risk}, below {threshold}.", capitalised(&conditions));
    Counterfactual { changes, risk: found.risk, text }
}

fn change(edit: Edit, actual: &Inputs<'_>) -> Change {
    let transaction = &actual.transaction;
    let (from, to) = match edit {
        Edit::Amount(amount) => (plain_amount(transaction.amount), plain_amount(amount)),
        Edit::HoursLater(hours) => {
            let to = format!("{}, {}", hour_after(hours, actual), hours_later(hours));
            (time_of_day(transaction.occurred_at), to)
        }
        Edit::KnownDevice => ("a device new to the account".to_owned(), to_device().to_owned()),
        Edit::KnownPlace => (from_place(actual), to_place(actual)),
        Edit::TrustedCounterparty => (from_counterparty(actual), to_counterparty().to_owned()),
    };
    Change { input: edit.input().as_str(), from, to }
}

/// The change as a condition, in the middle of a sentence.
fn clause(edit: Edit, actual: &Inputs<'_>) -> String {
    let transaction = &actual.transaction;
    match edit {
        Edit::Amount(amount) => {
            format!("with {} instead of {}", plain_amount(amount), plain_amount(transaction.amount))
        }
        Edit::HoursLater(hours) => {
            format!("{} at {}", hours_later(hours), hour_after(hours, actual))
        }
        Edit::KnownDevice => format!("from {}", to_device()),
        Edit::KnownPlace => match actual.other_last_point() {
            Some(_) if actual.new_country().is_some() => {
                "at the last known point of the account in a country that it knows".to_owned()
            }
            Some(_) => "at the last known point of the account".to_owned(),
            None => "in a country that the account knows".to_owned(),
        },
        Edit::TrustedCounterparty => format!("at {}", to_counterparty()),
    }
}

/// `64 EUR`, and with its decimals where they are not all zero: `6.40 EUR`.
fn plain_amount(amount: Amount) -> String {
    let currency = amount.currency();
    let major = minor_per_major(currency) as i64;
    if amount.minor() % major == 0 {
        format!("{} {currency}", amount.minor() / major)
    } else {
        format!("{amount} {currency}")
    }
}

/// `03:05 UTC`.
fn time_of_day(at: Timestamp) -> String {
    let minute = at.as_second().rem_euclid(3_600) / 60;
    format!("{:02}:{minute:02} UTC", hour_of(at))
}

/// The time of day so many hours after the transaction.
fn hour_after(hours: u8, actual: &Inputs<'_>) -> String {
    time_of_day(actual.occurred_later(hours).unwrap_or(actual.transaction.occurred_at))
}

/// `5 hours later`.
fn hours_later(hours: u8) -> String {
    if hours == 1 { "1 hour later".to_owned() } else { format!("{hours} hours later") }
}

fn to_device() -> &'static str {
    "a device that the account knows"
}

fn to_counterparty() -> &'static str {
    "a counterparty that the account knows and of which no fraud is known"
}

fn from_counterparty(actual: &Inputs<'_>) -> String {
    let known = if actual.is_new_counterparty() { "new to the account" } else { "that the account knows" };
    let fraud = if actual.has_known_fraud() { " and of which fraud is known" } else { "" };
    format!("a counterparty {known}{fraud}")
}

/// The point and the country as far as they would change: `40.71, -74.01 in US`.
fn from_place(actual: &Inputs<'_>) -> String {
    let here = actual.transaction.place.coordinates.filter(|_| actual.other_last_point().is_some());
    let point = here.map(|here| format!("{}, {}", here.latitude(), here.longitude()));
    let country = actual.new_country().map(|country| format!("in {country}, new to the account"));
    point.into_iter().chain(country).collect::<Vec<_>>().join(" ")
}

/// The same of the changed place: `50.85, 4.35 in a country that the account knows`.
fn to_place(actual: &Inputs<'_>) -> String {
    let point = actual.other_last_point().map(|last| format!("{}, {}", last.latitude(), last.longitude()));
    let country = actual.new_country().map(|_| "in a country that the account knows".to_owned());
    point.into_iter().chain(country).collect::<Vec<_>>().join(" ")
}

/// A score and the threshold above it with two decimals, or as many more as tell them apart.
fn apart(risk: f64, threshold: f64) -> (String, String) {
    (2..=17)
        .map(|decimals| (format!("{risk:.decimals$}"), format!("{threshold:.decimals$}")))
        .find(|(risk, threshold)| risk != threshold)
        .unwrap_or_else(|| (risk.to_string(), threshold.to_string()))
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_just_below_the_threshold_is_shown_below_it() {
        assert_eq!(apart(0.31, 0.5), ("0.31".to_owned(), "0.50".to_owned()));
        assert_eq!(apart(0.499_96, 0.5), ("0.49996".to_owned(), "0.50000".to_owned()));
    }
}
