//! Detectors of the counterparty: its amounts, its pace, and what is known of its frauds.

use crate::detection::evidence::{Detector, Evidence, nats_of_count, nats_of_z};
use crate::detection::features::{Feature, FeatureVector};

/// Customers differ more than one account does: a counterparty's amount counts half, and at most 0.63 alone.
const AMOUNT_SCALE: f64 = 0.5;
/// See [`AMOUNT_SCALE`].
const MAX_AMOUNT_NATS: f64 = 1.0;
/// Shops have sales: a surprise of 8 nats is ordinary, the rest counts a tenth and ends at 0.45.
const USUAL_BURST_NATS: f64 = 8.0;
/// See [`USUAL_BURST_NATS`].
const BURST_SCALE: f64 = 0.1;
/// See [`USUAL_BURST_NATS`].
const MAX_BURST_NATS: f64 = 0.6;
/// Days of age from which a counterparty has a pace.
const MIN_DAYS_FOR_PACE: f64 = 3.0;
/// The share of fraud that is nothing out of the ordinary for a counterparty: 1 %.
const USUAL_FRAUD_RATE: f64 = 0.01;
/// Half a fraud is granted to each, so that the first says little.
const GRANTED: f64 = 0.5;
/// Known frauds end at a score of 0.98.
const MAX_FRAUD_NATS: f64 = 4.0;
/// Each fraud of the current streak.
const STREAK_NATS: f64 = 0.4;
/// Streaks end at a score of 0.86.
const MAX_STREAK_NATS: f64 = 2.0;

/// All detectors of the counterparty.
pub(super) const DETECTORS: [Detector; 4] =
    [counterparty_amount, counterparty_burst, counterparty_known_fraud, counterparty_fraud_streak];

fn counterparty_amount(features: &FeatureVector) -> Option<Evidence> {
    let z = features.number(Feature::CounterpartyAmountZ)?;
    let text = format!("amount is {z:.1} spreads above the counterparty's usual");
    let nats = (AMOUNT_SCALE * nats_of_z(z)).min(MAX_AMOUNT_NATS);
    Some(Evidence { code: "counterparty_amount", nats, text })
}

fn counterparty_burst(features: &FeatureVector) -> Option<Evidence> {
    let days = features.number(Feature::CounterpartyAgeDays)?.min(30.0);
    if days < MIN_DAYS_FOR_PACE {
        return None;
    }
    let day = features.number(Feature::CounterpartyCount24h)?;
    let month = features.number(Feature::CounterpartyCount30d)?;
    let daily_mean = (month - day).max(0.0) / (days - 1.0);
    let surprise = nats_of_count(day + 1.0, daily_mean + 1.0);
    let nats = (BURST_SCALE * (surprise - USUAL_BURST_NATS)).min(MAX_BURST_NATS);
    let text =
        format!("the counterparty has {:.0} transactions in 24 hours, usually {daily_mean:.1}", day + 1.0);
    Some(Evidence { code: "counterparty_burst", nats, text })
}

/// The frauds known against 1 % of the transactions, in the window that says most: those that end now count
/// labels that came early, those that end at the label maturity leave out what cannot be known yet. What has
/// been genuine since takes it back.
fn counterparty_known_fraud(features: &FeatureVector) -> Option<Evidence> {
    let windows = [
        ("7 days", Feature::CounterpartyFrauds7d, Feature::CounterpartyCount7d),
        ("30 days", Feature::CounterpartyFrauds30d, Feature::CounterpartyCount30d),
        ("7 matured days", Feature::CounterpartyMaturedFrauds7d, Feature::CounterpartyMatured7d),
        ("30 matured days", Feature::CounterpartyMaturedFrauds30d, Feature::CounterpartyMatured30d),
    ];
    let n_since = features.number(Feature::CounterpartyGenuineSince).unwrap_or(0.0).max(0.0);
    let mut strongest: Option<Evidence> = None;
    for (window, frauds, count) in windows {
        let (Some(frauds), Some(count)) = (features.number(frauds), features.number(count)) else {
            continue;
        };
        let surprise = nats_of_count(frauds, USUAL_FRAUD_RATE * count.max(0.0) + GRANTED);
        let nats = surprise.min(MAX_FRAUD_NATS) / (1.0 + n_since);
        if strongest.as_ref().is_none_or(|strongest| nats > strongest.nats) {
            let text = format!(
                "{frauds:.0} frauds are known among the counterparty's {count:.0} transactions of {window}, \
                 {n_since:.0} have been genuine since"
            );
            strongest = Some(Evidence { code: "counterparty_known_fraud", nats, text });
        }
    }
    strongest
}

/// Frauds in the current streak: days on which most of what is known was fraud, and nothing genuine since.
fn counterparty_fraud_streak(features: &FeatureVector) -> Option<Evidence> {
    let n_frauds = features.number(Feature::CounterpartyStreakFrauds)?;
    let days = features.number(Feature::CounterpartyStreakDays)?;
    let text = format!("{n_frauds:.0} frauds in a row at the counterparty, the first {days:.0} days ago");
    let nats = (STREAK_NATS * n_frauds).min(MAX_STREAK_NATS);
    Some(Evidence { code: "counterparty_fraud_streak", nats, text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::evidence::gather;

    fn score(set: &[(Feature, f64)]) -> f64 {
        let mut features = FeatureVector::missing();
        set.iter().for_each(|(feature, value)| features.set(*feature, Some(*value)));
        let nats: f64 = gather(&DETECTORS, &features).iter().map(|evidence| evidence.nats).sum();
        -libm::expm1(-nats)
    }

    fn frauds(frauds: f64, count: f64) -> f64 {
        score(&[(Feature::CounterpartyFrauds30d, frauds), (Feature::CounterpartyCount30d, count)])
    }

    #[test]
    fn a_merchant_gone_bad_is_seen_by_its_known_frauds() {
        // 5 of 30: 5 ln(5 / 0.8) - 4.2 = 4.96 nats, ended at 4.
        assert!((frauds(5.0, 30.0) - 0.981_684).abs() < 1e-6);
        assert!(frauds(1.0, 30.0) < 0.2, "{}", frauds(1.0, 30.0));
        assert_eq!(frauds(5.0, 1_000.0), 0.0);
    }

    #[test]
    fn a_busy_or_dear_day_at_the_shop_does_not_alert_alone() {
        let burst = score(&[
            (Feature::CounterpartyAgeDays, 90.0),
            (Feature::CounterpartyCount24h, 500.0),
            (Feature::CounterpartyCount30d, 800.0),
        ]);
        assert!(burst > 0.2 && burst < 0.5, "{burst}");
        assert!(score(&[(Feature::CounterpartyAmountZ, 4.0)]) < 0.5);
    }

    #[test]
    fn a_streak_counts_by_its_frauds_and_without_one_nothing_does() {
        let streak = |n, days| {
            score(&[(Feature::CounterpartyStreakFrauds, n), (Feature::CounterpartyStreakDays, days)])
        };
        // 0.4 nats: 1 - exp(-0.4) = 0.3297; five times that ends the evidence.
        assert!((streak(1.0, 9.0) - 0.329_680).abs() < 1e-6);
        assert_eq!(streak(5.0, 9.0), streak(50.0, 9.0));
        assert_eq!(score(&[(Feature::CounterpartyStreakFrauds, 0.0)]), 0.0);
    }

    #[test]
    fn what_has_been_genuine_since_takes_known_frauds_back() {
        let since = |n| {
            score(&[
                (Feature::CounterpartyMaturedFrauds30d, 5.0),
                (Feature::CounterpartyMatured30d, 30.0),
                (Feature::CounterpartyGenuineSince, n),
            ])
        };
        // 4 nats, and 4 / 5 after four genuine ones.
        assert!((since(0.0) - 0.981_684).abs() < 1e-6 && (since(4.0) - 0.550_671).abs() < 1e-6);
    }
}
