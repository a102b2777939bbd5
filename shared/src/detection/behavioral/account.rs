//! Detectors of what the account does: its amounts, pace, names, hours and travel.

use crate::detection::evidence::{Detector, Evidence, nats_of_count, nats_of_z};
use crate::detection::features::{Feature, FeatureVector};

/// Each mean amount above the first: five times the mean says a little, twenty times a lot.
const NATS_A_MEAN: f64 = 0.25;
/// Up to so many times the mean an amount says nothing: where half of all amounts spoke a little, they would rank
/// the ordinary.
const USUAL_MEANS: f64 = 1.75;
/// Each high amount among the newest.
const NATS_A_HIGH: f64 = 0.2;
/// A count's surprise that is nothing out of the ordinary: people shop in bursts, unlike a Poisson process.
const USUAL_COUNT_NATS: f64 = 2.0;
/// Overdispersion: a count's surprise is divided by this.
const COUNT_DISPERSION: f64 = 3.0;
/// Every account is granted one more transaction an hour or a day than its own mean.
const GRANTED: f64 = 1.0;
/// Younger accounts have no daily pace yet.
const MIN_DAYS_FOR_PACE: f64 = 3.0;

/// No single novelty ends above a score of 0.4: new things are how life goes on.
const MAX_NOVELTY_NATS: f64 = 0.5;
/// Share of an account's transactions that would fall near any hour if it had no habit.
const NO_HABIT: f64 = 0.125;
/// -ln of a share over that without habit which is nothing out of the ordinary: half.
const USUAL_HOUR_NATS: f64 = 0.7;
/// An hour's surprise counts a quarter and ends at a score of 0.33.
const HOUR_SCALE: f64 = 0.25;
/// See [`HOUR_SCALE`].
const MAX_HOUR_NATS: f64 = 0.4;

/// The cruising speed of an airliner.
const AIRLINER_KMH: f64 = 900.0;
/// Nearer points are within the error of positions taken from an address or a cell.
const MIN_TRAVEL_KM: f64 = 100.0;
/// Each fraud attributed to the account, up to a score of 0.33: by now it may have a new card.
const FRAUD_NATS: f64 = 0.2;
/// See [`FRAUD_NATS`].
const MAX_FRAUD_NATS: f64 = 0.4;
/// Days for which a fraud is held against an account.
const FRAUD_DAYS: f64 = 30.0;

/// All detectors of the account.
pub(super) const DETECTORS: [Detector; 11] = [
    amount_above_habit,
    recent_high_amounts,
    velocity_burst,
    new_counterparty,
    new_device,
    new_country,
    new_channel,
    new_category,
    unusual_hour,
    impossible_travel,
    account_known_fraud,
];

/// By spreads where amounts vary by factors, and by the mean where they vary evenly about it, which makes
/// logarithms skewed to the left and their spread too wide; the larger counts.
fn amount_above_habit(features: &FeatureVector) -> Option<Evidence> {
    let z = features.number(Feature::AccountAmountZ)?;
    let ratio = features.number(Feature::AccountAmountRatio).unwrap_or(1.0);
    let text = format!("amount is {ratio:.1} times the account's mean, {z:.1} spreads above its habit");
    let nats = nats_of_z(z).max(NATS_A_MEAN * (ratio - USUAL_MEANS));
    Some(Evidence { code: "amount_above_habit", nats, text })
}

/// An account that is being emptied rarely pays only once: other high amounts lately make the next one likelier.
fn recent_high_amounts(features: &FeatureVector) -> Option<Evidence> {
    let n_high = features.number(Feature::AccountRecentHigh)?;
    let text = format!("{n_high:.0} of the account's newest 8 amounts are over three times its median");
    Some(Evidence { code: "recent_high_amounts", nats: NATS_A_HIGH * n_high, text })
}

/// The larger surprise of this hour's and this day's count, each with this transaction, against the pace of
/// the 30 days before them; the same transactions make both, so they do not add up.
fn velocity_burst(features: &FeatureVector) -> Option<Evidence> {
    let days = features.number(Feature::AccountAgeDays)?.clamp(1.0, 30.0);
    let month = features.number(Feature::AccountCount30d)?;
    let hour = features.number(Feature::AccountCount1h)?;
    let day = features.number(Feature::AccountCount24h)?;
    let hourly_mean = (month - hour).max(0.0) / (24.0 * days);
    let in_hour = nats_of_count(hour + 1.0, hourly_mean + GRANTED);
    let daily_mean = (month - day).max(0.0) / (days - 1.0).max(1.0);
    let in_day = if days < MIN_DAYS_FOR_PACE { 0.0 } else { nats_of_count(day + 1.0, daily_mean + GRANTED) };
    let text = if in_hour >= in_day {
        format!("{:.0} transactions within an hour, usually {:.1} a day", hour + 1.0, hourly_mean * 24.0)
    } else {
        format!("{:.0} transactions within 24 hours, usually {daily_mean:.1} a day", day + 1.0)
    };
    let nats = (in_hour.max(in_day) - USUAL_COUNT_NATS) / COUNT_DISPERSION;
    Some(Evidence { code: "velocity_burst", nats, text })
}

/// A novelty counts by its surprise, times a weight for how often fraud comes with that kind of novelty.
struct Novelty {
    feature: Feature,
    noun: &'static str,
    weight: f64,
}

fn novelty(features: &FeatureVector, novelty: &Novelty) -> Option<Evidence> {
    let surprise = features.number(novelty.feature)?;
    let percent = 100.0 * libm::exp(-surprise);
    let text = format!("{} is new to the account, as in {percent:.1} % of its transactions", novelty.noun);
    let nats = (surprise * novelty.weight).min(MAX_NOVELTY_NATS);
    Some(Evidence { code: novelty.feature.as_str(), nats, text })
}

fn new_counterparty(features: &FeatureVector) -> Option<Evidence> {
    novelty(features, &Novelty { feature: Feature::NewCounterparty, noun: "counterparty", weight: 0.06 })
}

fn new_device(features: &FeatureVector) -> Option<Evidence> {
    novelty(features, &Novelty { feature: Feature::NewDevice, noun: "device", weight: 0.12 })
}

fn new_country(features: &FeatureVector) -> Option<Evidence> {
    novelty(features, &Novelty { feature: Feature::NewCountry, noun: "country", weight: 0.12 })
}

fn new_channel(features: &FeatureVector) -> Option<Evidence> {
    novelty(features, &Novelty { feature: Feature::NewChannel, noun: "channel", weight: 0.08 })
}

fn new_category(features: &FeatureVector) -> Option<Evidence> {
    novelty(features, &Novelty { feature: Feature::NewCategory, noun: "category", weight: 0.05 })
}

fn unusual_hour(features: &FeatureVector) -> Option<Evidence> {
    let share = features.number(Feature::HourHabit)?;
    let surprise = if share > 0.0 { libm::log(NO_HABIT / share) } else { 0.0 };
    let nats = (HOUR_SCALE * (surprise - USUAL_HOUR_NATS)).min(MAX_HOUR_NATS);
    let text =
        format!("{:.1} % of the account's transactions are within an hour of this time", 100.0 * share);
    Some(Evidence { code: "unusual_hour", nats, text })
}

/// Faster than an airliner over a distance that no error of position explains: `ln 2` nats at its speed,
/// one more for every factor of e.
fn impossible_travel(features: &FeatureVector) -> Option<Evidence> {
    let distance_km = features.number(Feature::DistanceKm)?;
    let speed_kmh = features.number(Feature::SpeedKmh)?;
    if distance_km <= MIN_TRAVEL_KM || speed_kmh <= AIRLINER_KMH {
        return None;
    }
    let text = format!("{distance_km:.0} km from the last place, a speed of {speed_kmh:.0} km/h");
    let nats = std::f64::consts::LN_2 + libm::log(speed_kmh / AIRLINER_KMH);
    Some(Evidence { code: "impossible_travel", nats, text })
}

/// Only frauds attributed to the account count: one suffered at a bad merchant says nothing against it.
fn account_known_fraud(features: &FeatureVector) -> Option<Evidence> {
    let frauds = features.number(Feature::AccountAttributedFrauds)?;
    let days = features.number(Feature::AccountLastFraudDays)?;
    if days > FRAUD_DAYS {
        return None;
    }
    let text = format!("{frauds:.0} frauds are attributed to the account, the last {days:.0} days ago");
    Some(Evidence { code: "account_known_fraud", nats: (FRAUD_NATS * frauds).min(MAX_FRAUD_NATS), text })
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

    fn pace(hour: f64, day: f64, month: f64) -> f64 {
        score(&[
            (Feature::AccountAgeDays, 60.0),
            (Feature::AccountCount1h, hour),
            (Feature::AccountCount24h, day),
            (Feature::AccountCount30d, month),
        ])
    }

    #[test]
    fn a_novelty_alone_never_reaches_one_half_and_a_takeover_does() {
        let news = [Feature::NewCounterparty, Feature::NewDevice, Feature::NewCountry, Feature::NewChannel];
        for feature in news {
            assert!(score(&[(feature, 9.0)]) < 0.5, "{feature:?}");
        }
        assert!(score(&news.map(|feature| (feature, 4.6))) > 0.7);
        assert!(score(&[(Feature::NewCounterparty, 2.0)]) < 0.2);
    }

    #[test]
    fn a_burst_is_told_from_a_busy_day() {
        // Two a day: two more in an hour, or six in a day, happen; eight in an hour do not.
        assert!(pace(2.0, 3.0, 62.0) < 0.2, "{}", pace(2.0, 3.0, 62.0));
        assert!(pace(0.0, 5.0, 63.0) < 0.2, "{}", pace(0.0, 5.0, 63.0));
        assert!(pace(7.0, 8.0, 67.0) > 0.85, "{}", pace(7.0, 8.0, 67.0));
        assert!(pace(1.0, 19.0, 78.0) > 0.9, "{}", pace(1.0, 19.0, 78.0));
    }

    #[test]
    fn travel_counts_beyond_an_airliners_speed_and_the_error_of_positions() {
        let travel = |km, kmh| score(&[(Feature::DistanceKm, km), (Feature::SpeedKmh, kmh)]);
        assert_eq!((travel(6_000.0, 850.0), travel(90.0, 5_400.0)), (0.0, 0.0));
        // ln 2 + ln(3600 / 900) = 2.079 nats.
        assert!((travel(300.0, 3_600.0) - 0.875).abs() < 1e-6);
    }

    #[test]
    fn an_unusual_hour_and_known_frauds_do_not_alert_alone() {
        assert!(score(&[(Feature::HourHabit, 0.001)]) < 0.35);
        assert!(score(&[(Feature::HourHabit, 0.06)]) < 0.1);
        let frauds =
            |n, days| score(&[(Feature::AccountAttributedFrauds, n), (Feature::AccountLastFraudDays, days)]);
        assert!(frauds(1.0, 8.0) < 0.2 && frauds(9.0, 8.0) < 0.35);
        assert_eq!(frauds(9.0, 31.0), 0.0);
    }
}
