//! One check: what was asked, and what came of it.

use std::fmt;

/// One line of the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What it measures.
    pub name: &'static str,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be; what was seen.
    Passed(String),
    /// Not as it should be.
    Failed {
        /// What was seen.
        seen: String,
        /// What to do.
        remedy: &'static str,
    },
    /// It could not be looked at.
    NotChecked {
        /// Why not.
        reason: String,
        /// What makes it possible.
        remedy: &'static str,
    },
}

impl Finding {
    /// As it should be.
    pub(super) fn passed(seen: impl Into<String>) -> Self {
        Self::Passed(seen.into())
    }

    /// Not as it should be.
    pub(super) fn failed(seen: impl Into<String>, remedy: &'static str) -> Self {
        Self::Failed { seen: seen.into(), remedy }
    }

    /// From a list of faults: none is as it should be.
    pub(super) fn from_faults(faults: &[String], seen: String, remedy: &'static str) -> Self {
        if faults.is_empty() { Self::Passed(seen) } else { Self::failed(faults.join("; "), remedy) }
    }
}

impl Check {
    /// A check and what came of it.
    pub(super) fn of(name: &'static str, finding: Finding) -> Self {
        Self { name, finding }
    }

    /// Whether it is not as it should be.
    pub fn has_failed(&self) -> bool {
        matches!(self.finding, Finding::Failed { .. })
    }

    /// Whether it could not be looked at.
    pub fn was_left_out(&self) -> bool {
        matches!(self.finding, Finding::NotChecked { .. })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.finding {
            Finding::Passed(seen) => write!(f, "ok           {}: {seen}", self.name),
            Finding::Failed { seen, remedy } => write!(f, "FAILED       {}: {seen}; {remedy}", self.name),
            Finding::NotChecked { reason, remedy } => {
                write!(f, "not checked  {}: {reason}; {remedy}", self.name)
            }
        }
    }
}
