//! Labels: what turned out to be true of a transaction, and who said so.

use super::Invalid;
use jiff::Timestamp;

/// What a label says; no label is never "genuine".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The transaction was fraud.
    Fraud,
    /// The transaction was genuine.
    Genuine,
}

impl Verdict {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Fraud, Self::Genuine];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is neither `fraud` nor `genuine`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|verdict| verdict.as_str() == text)
            .ok_or_else(|| Invalid::new("must be fraud or genuine"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fraud => "fraud",
            Self::Genuine => "genuine",
        }
    }
}

/// Who said so; a later variant overrules an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LabelSource {
    /// An analyst's disposition.
    Analyst,
    /// The outside world, weeks late.
    Chargeback,
    /// A supervisor who overrules.
    Supervisor,
}

impl LabelSource {
    /// All, the weakest first.
    pub const ALL: [Self; 3] = [Self::Analyst, Self::Chargeback, Self::Supervisor];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the three words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|source| source.as_str() == text)
            .ok_or_else(|| Invalid::new("must be analyst, chargeback or supervisor"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Analyst => "analyst",
            Self::Chargeback => "chargeback",
            Self::Supervisor => "supervisor",
        }
    }
}

/// What decides between labels of one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelClaim {
    /// What it says.
    pub verdict: Verdict,
    /// Who says so.
    pub source: LabelSource,
    /// When it was observed, by the event's clock.
    pub observed_at: Timestamp,
    /// When it was recorded, by the server's clock.
    pub recorded_at: Timestamp,
}

/// The label in force: the highest source, then the newest observed, then the newest recorded.
pub fn in_force(claims: &[LabelClaim]) -> Option<LabelClaim> {
    claims.iter().copied().max_by_key(|claim| (claim.source, claim.observed_at, claim.recorded_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(source: LabelSource, verdict: Verdict, second: i64) -> LabelClaim {
        let at = Timestamp::from_second(second).unwrap();
        LabelClaim { verdict, source, observed_at: at, recorded_at: at }
    }

    #[test]
    fn a_chargeback_overrules_a_newer_analyst_and_a_newer_chargeback_an_older() {
        let analyst = claim(LabelSource::Analyst, Verdict::Genuine, 30);
        let old = claim(LabelSource::Chargeback, Verdict::Genuine, 10);
        let new = claim(LabelSource::Chargeback, Verdict::Fraud, 20);
        assert_eq!(in_force(&[new, analyst, old]), Some(new));
        assert_eq!(in_force(&[]), None);
    }
}
