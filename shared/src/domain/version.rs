//! Which version a change was made on: what a caller has seen, and whether it is still so.

/// The versions on which a caller wants a change made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The caller says nothing of versions.
    Nothing,
    /// Any there is.
    Any,
    /// One of these.
    OneOf(Vec<i64>),
}

/// What a change's condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// None was made.
    Absent,
    /// What the caller has seen is current.
    Met,
    /// It is not.
    Stale,
}

impl Seen {
    /// Compares with the current version.
    pub fn against(&self, current: i64) -> Condition {
        match self {
            Self::Nothing => Condition::Absent,
            Self::Any => Condition::Met,
            Self::OneOf(versions) if versions.contains(&current) => Condition::Met,
            Self::OneOf(_) => Condition::Stale,
        }
    }
}

impl From<Option<i64>> for Seen {
    fn from(version: Option<i64>) -> Self {
        version.map_or(Self::Nothing, |version| Self::OneOf(vec![version]))
    }
}
