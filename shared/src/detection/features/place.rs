//! Features of place: how far the account has moved since its last known point, and how fast.

use super::{Feature, FeatureVector};
use crate::detection::profile::AccountProfile;
use crate::domain::transaction::NewTransaction;

/// The mean radius of the earth (IUGG R1), in km.
const EARTH_RADIUS_KM: f64 = 6_371.008_8;
/// Two transactions are taken to be at least a minute apart: clocks of two senders differ by that much.
const MIN_HOURS: f64 = 1.0 / 60.0;

/// Sets distance and speed; both are missing without two points, or when the last one is later (a late
/// transaction must not see the future).
pub(super) fn set_features(
    features: &mut FeatureVector,
    transaction: &NewTransaction,
    account: &AccountProfile,
) {
    let (Some(here), Some((north, east, then))) = (transaction.place.coordinates, account.last_point())
    else {
        return;
    };
    let hours = transaction.occurred_at.duration_since(then).as_secs_f64() / 3_600.0;
    if hours < 0.0 {
        return;
    }
    let distance_km = great_circle_km((north, east), (here.latitude(), here.longitude()));
    features.set(Feature::DistanceKm, Some(distance_km));
    features.set(Feature::SpeedKmh, Some(distance_km / hours.max(MIN_HOURS)));
}

/// The great-circle distance between two points in degrees (north, east), by the haversine formula
/// (Sinnott, Virtues of the Haversine, Sky and Telescope 68, 1984).
fn great_circle_km(from: (f64, f64), to: (f64, f64)) -> f64 {
    let half_sine = |degrees: f64| libm::sin(degrees.to_radians() / 2.0);
    let (north, east) = (half_sine(to.0 - from.0), half_sine(to.1 - from.1));
    let cosines = libm::cos(from.0.to_radians()) * libm::cos(to.0.to_radians());
    let haversine = (north * north + cosines * east * east).clamp(0.0, 1.0);
    2.0 * EARTH_RADIUS_KM * libm::asin(libm::sqrt(haversine))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_sphere() {
        // A quarter of the equator and from pole to pole: pi R / 2 and pi R.
        assert!((great_circle_km((0.0, 0.0), (0.0, 90.0)) - 10_007.557).abs() < 0.01);
        assert!((great_circle_km((90.0, 0.0), (-90.0, 45.0)) - 20_015.115).abs() < 0.01);
        // Brussels to New York is 5,890 km, give or take ten, on every map.
        assert!((great_circle_km((50.850, 4.352), (40.713, -74.006)) - 5_890.0).abs() < 10.0);
        assert_eq!(great_circle_km((50.0, 4.0), (50.0, 4.0)), 0.0);
    }
}
