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
/// Each further fraud in a row among the newest outcomes.
const RUN_NATS: f64 = 0.15;
/// Runs end at a score of 0.45: where only frauds are ever labelled, every outcome is one.
const MAX_RUN_NATS: f64 = 0.6;

/// All detectors of the counterparty.
pub(super) const DETECTORS: [Detector; 4] =
    [counterparty_amount, counterparty_burst, counterparty_known_fraud, counterparty_fraud_run];

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

/// The frauds known among the last 30 days against 1 % of the transactions; the larger of 7 and 30 days.
fn counterparty_known_fraud(features: &FeatureVector) -> Option<Evidence> {
    let windows = [
        (7, Feature::CounterpartyFrauds7d, Feature::CounterpartyCount7d),
        (30, Feature::CounterpartyFrauds30d, Feature::CounterpartyCount30d),
    ];
    let mut strongest: Option<Evidence> = None;
    for (n_days, frauds, count) in windows {
        let (Some(frauds), Some(count)) = (features.number(frauds), features.number(count)) else {
            continue;
        };
        let nats = nats_of_count(frauds, USUAL_FRAUD_RATE * count.max(0.0) + GRANTED).min(MAX_FRAUD_NATS);
        if strongest.as_ref().is_none_or(|strongest| nats > strongest.nats) {
            let text = format!(
                "{frauds:.0} frauds are known among the counterparty's {count:.0} transactions of {n_days} days"
            );
            strongest = Some(Evidence { code: "counterparty_known_fraud", nats, text });
        }
    }
    strongest
}

/// Frauds in a row among the newest outcomes, as long as one lies in the last 30 days.
fn counterparty_fraud_run(features: &FeatureVector) -> Option<Evidence> {
    let run = features.number(Feature::CounterpartyFraudRun)?;
    if features.number(Feature::CounterpartyFrauds30d)? < 1.0 {
        return None;
    }
    let text = format!("the counterparty's newest {run:.0} known outcomes are all fraud");
    let nats = (RUN_NATS * (run - 1.0)).min(MAX_RUN_NATS);
    Some(Evidence { code: "counterparty_fraud_run", nats, text })
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
    fn a_run_of_frauds_counts_only_while_it_is_recent() {
        let run =
            |recent| score(&[(Feature::CounterpartyFraudRun, 5.0), (Feature::CounterpartyFrauds30d, recent)]);
        assert_eq!(run(0.0), 0.0);
        assert!((run(1.0) - 0.451_188).abs() < 1e-6);
    }
}
