//! Whose fraud it was: the account's (taken over, its owner's) or the counterparty's (a merchant gone bad).

use crate::domain::score::Score;

/// Below this the account behaved as ever: it is the score at which a layer would raise an alert alone.
const REMARKABLE: f64 = 0.5;

/// Which side a confirmed fraud is counted against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribution {
    /// The account behaved unlike itself.
    Account,
    /// The account behaved as ever, so the other side is to blame.
    Counterparty,
}

impl Attribution {
    /// Reads the stored word; none when it is neither `account` nor `counterparty`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "account" => Some(Self::Account),
            "counterparty" => Some(Self::Counterparty),
            _ => None,
        }
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Counterparty => "counterparty",
        }
    }
}

/// Attributes a fraud by the behavioral score of its own transaction.
///
/// A low score (below 0.5), or none, goes to the counterparty; anything else to the account.
pub fn attribute(behavioral: Option<Score>) -> Attribution {
    match behavioral {
        Some(score) if score.value() >= REMARKABLE => Attribution::Account,
        Some(_) | None => Attribution::Counterparty,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fraud_is_the_accounts_only_if_the_account_behaved_unlike_itself() {
        let attributed = |score| attribute(Score::try_new(score).ok());
        assert_eq!(attributed(0.5), Attribution::Account);
        assert_eq!(attributed(0.49), Attribution::Counterparty);
        assert_eq!(attribute(None), Attribution::Counterparty);
    }

    #[test]
    fn the_stored_words_are_read_back() {
        for side in [Attribution::Account, Attribution::Counterparty] {
            assert_eq!(Attribution::parse(side.as_str()), Some(side));
        }
        assert_eq!(Attribution::parse("both"), None);
    }
}
