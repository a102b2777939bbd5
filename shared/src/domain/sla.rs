//! How an open alert stands to its deadline.

use super::Invalid;
use jiff::{SignedDuration, Timestamp};

/// Near begins when less than a quarter of the time is left.
const NEAR_SHARE: i32 = 4;

/// How an open alert stands to its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlaState {
    /// At least a quarter of the time is left.
    OnTrack,
    /// Less than a quarter is left.
    Near,
    /// The time is over.
    Breached,
}

impl SlaState {
    /// All, in the order of time.
    pub const ALL: [Self; 3] = [Self::OnTrack, Self::Near, Self::Breached];

    /// Of a span of time at a moment. The queue's statement says the same in SQL; a test compares the two.
    pub fn of((from, until): (Timestamp, Timestamp), at: Timestamp) -> Self {
        let left = until.duration_since(at);
        if left < SignedDuration::ZERO {
            return Self::Breached;
        }
        if left * NEAR_SHARE < until.duration_since(from) { Self::Near } else { Self::OnTrack }
    }

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the three words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or_else(|| Invalid::new("must be on_track, near or breached"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTrack => "on_track",
            Self::Near => "near",
            Self::Breached => "breached",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_begins_below_a_quarter_and_breached_after_the_end() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let state = |second| SlaState::of((at(0), at(400)), at(second));
        assert_eq!(
            [state(0), state(300), state(301)],
            [SlaState::OnTrack, SlaState::OnTrack, SlaState::Near]
        );
        assert_eq!([state(400), state(401)], [SlaState::Near, SlaState::Breached]);
    }
}
