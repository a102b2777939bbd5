//! What is normal here: the account's usual beside this transaction, in plain figures.
//!
//! It is for people. Nothing is judged, and nothing but the account's profile from before the transaction
//! is read. Names are not known to a profile, only whether one was used before.

use super::profile::{AccountProfile, AmountStatistics, NameHash, hour_of};
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::transaction::NewTransaction;
use jiff::Timestamp;

/// Standard deviations on either side of the mean that hold 90 % of a normal distribution.
const CENTRAL_90: f64 = 1.645;
/// An hour is usual from half its even share of the day's transactions on.
const USUAL_HOUR_SHARE: f64 = 1.0 / 48.0;

/// One aspect of a transaction beside what is usual for its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// `amount`, `hours`, `counterparties` or `channels`.
    pub aspect: &'static str,
    /// What is usual, such as `20.10 to 65.00 EUR`.
    pub usual: String,
    /// What was observed, such as `480.00 EUR`.
    pub observed: String,
}

/// Compares a transaction with its account's profile from before it.
pub fn baseline_comparison(transaction: &NewTransaction, account: &AccountProfile) -> Vec<Comparison> {
    vec![
        compare_amount(transaction, account),
        compare_hours(transaction, account),
        compare_counterparties(transaction, account),
        compare_channels(transaction, account),
    ]
}

/// The central 90 % of amounts, were their logarithms normal; None where a bound is no amount.
pub(super) fn central_amounts(statistics: &AmountStatistics, currency: CurrencyCode) -> [Option<Amount>; 2] {
    let reach = CENTRAL_90 * libm::sqrt(statistics.log_variance());
    [-reach, reach].map(|reach| {
        let major = libm::exp(statistics.log_mean() + reach);
        let minor = (major * 10_i64.pow(currency.decimals()) as f64).round();
        Amount::from_minor((minor as i64).max(1), currency).ok()
    })
}

/// What of the amounts in this currency is usual.
fn compare_amount(transaction: &NewTransaction, account: &AccountProfile) -> Comparison {
    let amount = transaction.amount;
    let currency = amount.currency();
    let usual = match account.amounts().of(currency) {
        None => format!("nothing in {currency} yet"),
        Some(statistics) => {
            let [low, high] = central_amounts(statistics, currency)
                .map(|bound| bound.map_or_else(|| "-".to_owned(), |it| it.to_string()));
            format!("{low} to {high} {currency}, from {} transactions", statistics.n())
        }
    };
    Comparison { aspect: "amount", usual, observed: format!("{amount} {currency}") }
}

fn compare_hours(transaction: &NewTransaction, account: &AccountProfile) -> Comparison {
    let ranges = usual_hours(account);
    let usual = if ranges.is_empty() { "no transactions yet".to_owned() } else { format!("{ranges} UTC") };
    let at = transaction.occurred_at;
    let minute = at.as_second().rem_euclid(3_600) / 60;
    Comparison { aspect: "hours", usual, observed: format!("{:02}:{minute:02} UTC", hour_of(at)) }
}

/// The hours of the day that are usual for an account, in UTC, as ranges; empty where there are none yet.
pub(super) fn usual_hours(account: &AccountProfile) -> String {
    let hours = account.hours();
    let total = f64::from(hours.total());
    ranges_of_hours(|hour| total > 0.0 && f64::from(hours.cell(hour)) / total >= USUAL_HOUR_SHARE)
}

/// The hours of the day that satisfy a predicate as ranges, one across midnight included:
/// `08:00 to 12:00, 22:00 to 02:00`.
fn ranges_of_hours(is_usual: impl Fn(usize) -> bool) -> String {
    if (0..24).all(&is_usual) {
        return "00:00 to 24:00".to_owned();
    }
    let begins = (0..24).filter(|hour| is_usual(*hour) && !is_usual((hour + 23) % 24));
    let ranges = begins.map(|begin| {
        let length = (0..24).take_while(|offset| is_usual((begin + offset) % 24)).count();
        format!("{begin:02}:00 to {:02}:00", (begin + length) % 24)
    });
    ranges.collect::<Vec<_>>().join(", ")
}

fn compare_counterparties(transaction: &NewTransaction, account: &AccountProfile) -> Comparison {
    let known = account.counterparties();
    let observed = match known.get(NameHash::of(transaction.counterparty.as_str())) {
        Some(entry) => format!("known, last on {}", date_of_day(entry.day())),
        None => "new".to_owned(),
    };
    Comparison { aspect: "counterparties", usual: format!("{} known", known.len()), observed }
}

fn compare_channels(transaction: &NewTransaction, account: &AccountProfile) -> Comparison {
    let known = account.channels();
    let channel = transaction.channel.as_str();
    let standing = if known.get(NameHash::of(channel)).is_some() { "known" } else { "new" };
    let usual = format!("{} known", known.len());
    Comparison { aspect: "channels", usual, observed: format!("{channel}, {standing}") }
}

/// The date of a day counted from 1970.
fn date_of_day(day: u16) -> String {
    let at = Timestamp::from_second(i64::from(day) * 86_400).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures::Sketch;

    #[test]
    fn an_account_is_described_in_plain_figures() {
        let mut account = AccountProfile::default();
        for (second, minor) in [(8 * 3_600, 1_000), (9 * 3_600, 1_000), (86_400 + 23 * 3_600, 1_000)] {
            account.apply(&Sketch::at(second).minor(minor).build());
        }
        let odd = Sketch::at(3 * 86_400 + 3 * 3_600 + 300).minor(48_000).counterparty("other").build();
        let compared = baseline_comparison(&odd, &account);
        let lines: Vec<_> =
            compared.iter().map(|it| (it.aspect, it.usual.as_str(), it.observed.as_str())).collect();
        assert_eq!(
            lines,
            [
                ("amount", "10.00 to 10.00 EUR, from 3 transactions", "480.00 EUR"),
                ("hours", "08:00 to 10:00, 23:00 to 00:00 UTC", "03:05 UTC"),
                ("counterparties", "1 known", "new"),
                ("channels", "1 known", "card_present, known"),
            ]
        );
        let usual = baseline_comparison(&Sketch::at(4 * 86_400).build(), &account);
        assert_eq!(usual[2].observed, "known, last on 1970-01-02");
    }

    #[test]
    fn nothing_is_made_up_for_an_unknown_account() {
        let compared = baseline_comparison(&Sketch::at(0).build(), &AccountProfile::default());
        assert_eq!(compared[0].usual, "nothing in EUR yet");
        assert_eq!(compared[1].usual, "no transactions yet");
        assert_eq!((compared[2].usual.as_str(), compared[2].observed.as_str()), ("0 known", "new"));
    }

    #[test]
    fn a_range_of_hours_may_cross_midnight() {
        assert_eq!(ranges_of_hours(|hour| !(2..22).contains(&hour)), "22:00 to 02:00");
        assert_eq!(ranges_of_hours(|_| true), "00:00 to 24:00");
        assert_eq!(ranges_of_hours(|_| false), "");
    }
}
