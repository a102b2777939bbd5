//! How long each severity has: until somebody should have taken an alert on, and until it should be decided.

use super::Invalid;
use super::severity::Severity;
use jiff::SignedDuration;

/// The longest time: a year of 365 days.
const MOST_MINUTES: u32 = 365 * 24 * 60;

/// Whole minutes of each severity, in the order of [`Severity::ALL`]; 1 minute to a year, no less to resolve than to
/// respond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    respond_minutes: [u32; 5],
    resolve_minutes: [u32; 5],
}

impl Clocks {
    /// Takes the minutes of low, medium, high, needs_review and critical.
    ///
    /// # Errors
    /// When one is out of range, or a time to resolve is shorter than that to respond.
    pub fn try_new(respond_minutes: [u32; 5], resolve_minutes: [u32; 5]) -> Result<Self, Invalid> {
        let all = respond_minutes.iter().chain(&resolve_minutes);
        if all.into_iter().any(|minutes| !(1..=MOST_MINUTES).contains(minutes)) {
            return Err(Invalid(format!(
                "times to respond and to resolve must be 1 to {MOST_MINUTES} minutes"
            )));
        }
        if respond_minutes.iter().zip(&resolve_minutes).any(|(respond, resolve)| resolve < respond) {
            return Err(Invalid::new("a time to resolve must not be shorter than that to respond"));
        }
        Ok(Self { respond_minutes, resolve_minutes })
    }

    /// How long until somebody should have taken the alert on.
    pub fn respond_within(&self, severity: Severity) -> SignedDuration {
        minutes_of(&self.respond_minutes, severity)
    }

    /// How long until the alert should have been decided.
    pub fn resolve_within(&self, severity: Severity) -> SignedDuration {
        minutes_of(&self.resolve_minutes, severity)
    }

    /// Minutes to respond, in the order of [`Severity::ALL`].
    pub fn respond_minutes(&self) -> [u32; 5] {
        self.respond_minutes
    }

    /// Minutes to resolve, in the order of [`Severity::ALL`].
    pub fn resolve_minutes(&self) -> [u32; 5] {
        self.resolve_minutes
    }
}

fn minutes_of(clock: &[u32; 5], severity: Severity) -> SignedDuration {
    let [low, medium, high, needs_review, critical] = *clock;
    let minutes = match severity {
        Severity::Low => low,
        Severity::Medium => medium,
        Severity::High => high,
        Severity::NeedsReview => needs_review,
        Severity::Critical => critical,
    };
    SignedDuration::from_mins(i64::from(minutes))
}

impl Default for Clocks {
    /// A quarter of an hour and two hours for the gravest; for low the end of a working day, and three days.
    fn default() -> Self {
        Self { respond_minutes: [480, 240, 60, 15, 15], resolve_minutes: [4_320, 1_440, 480, 120, 120] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_severity_has_its_own_time() {
        let clocks = Clocks::try_new([5, 4, 3, 2, 1], [50, 40, 30, 20, 10]).unwrap();
        let minutes = |within: fn(&Clocks, Severity) -> SignedDuration| {
            Severity::ALL.map(|severity| within(&clocks, severity).as_mins())
        };
        assert_eq!(minutes(Clocks::respond_within), [5, 4, 3, 2, 1]);
        assert_eq!(minutes(Clocks::resolve_within), [50, 40, 30, 20, 10]);
    }

    #[test]
    fn a_time_is_a_minute_to_a_year_and_resolving_takes_no_less_than_responding() {
        assert!(Clocks::try_new([1; 5], [1; 5]).is_ok());
        for (respond, resolve) in
            [([0; 5], [1; 5]), ([1; 5], [MOST_MINUTES + 1; 5]), ([2; 5], [2, 2, 2, 2, 1])]
        {
            assert!(Clocks::try_new(respond, resolve).is_err(), "{respond:?} {resolve:?}");
        }
    }
}
