//! Whether something that people made for a time is in force.

use super::Invalid;
use jiff::Timestamp;

/// Whether an entry of a list or a snooze has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForceStatus {
    /// It has.
    Active,
    /// It had: its time is over, or somebody ended it.
    Ended,
}

impl ForceStatus {
    /// All.
    pub const ALL: [Self; 2] = [Self::Active, Self::Ended];

    /// What was ended by somebody, or ends by itself at a moment if ever.
    pub fn at(now: Timestamp, ended_at: Option<Timestamp>, ends_at: Option<Timestamp>) -> Self {
        let is_over = ended_at.is_some() || ends_at.is_some_and(|ends_at| ends_at <= now);
        if is_over { Self::Ended } else { Self::Active }
    }

    /// Reads the word.
    ///
    /// # Errors
    /// When it is neither.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| Invalid::new("must be active or ended"))
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_over_at_its_end_and_not_before() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let status = |ended, ends| ForceStatus::at(at(10), ended, ends);
        assert_eq!(status(None, None), ForceStatus::Active);
        assert_eq!(status(None, Some(at(11))), ForceStatus::Active);
        assert_eq!(status(None, Some(at(10))), ForceStatus::Ended);
        assert_eq!(status(Some(at(3)), Some(at(11))), ForceStatus::Ended);
    }
}
