//! Operations on many alerts at once: their words, and what may come of each alert.

use super::Invalid;

/// What is done to each alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BulkAction {
    /// Out of the queue, for the caller.
    Claim,
    /// To a key.
    Assign,
    /// Ended; those that nobody holds are claimed first.
    Decide,
    /// Done for good.
    Close,
}

impl BulkAction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Claim, Self::Assign, Self::Decide, Self::Close];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the four words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| Invalid::new("must be claim, assign, decide or close"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Assign => "assign",
            Self::Decide => "decide",
            Self::Close => "close",
        }
    }
}

/// What came of one alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemOutcome {
    /// It was moved.
    Done,
    /// Its decision waits for a second person.
    Proposed,
    /// It stood there already.
    Unchanged,
    /// It was not moved; an error says why.
    Refused,
}

impl ItemOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Done, Self::Proposed, Self::Unchanged, Self::Refused];

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.as_str() == text)
    }

    /// Whether the alert stands elsewhere than before, so that there is something to undo.
    pub fn has_moved(self) -> bool {
        matches!(self, Self::Done | Self::Proposed)
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Proposed => "proposed",
            Self::Unchanged => "unchanged",
            Self::Refused => "refused",
        }
    }
}
