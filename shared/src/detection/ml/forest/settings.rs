//! How a forest is grown, and why one could not be.

use super::compiled::MAX_DEPTH;
use serde::{Deserialize, Serialize};

/// The most trees; a hundredth of them are usual, and past some hundreds the mean hardly moves.
const MAX_TREES: usize = 10_000;

/// How trees are made to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// Each candidate feature is cut at a random threshold; every tree sees all rows (Geurts, Ernst and
    /// Wehenkel, Extremely Randomized Trees, Machine Learning 63, 2006).
    ExtraTrees,
    /// Each candidate feature is cut at its best threshold; every tree sees a bootstrap sample of the rows
    /// (Breiman, Random Forests, Machine Learning 45, 2001).
    RandomForest,
}

/// How a forest is grown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForestSettings {
    /// How trees are made to differ.
    pub kind: Kind,
    /// Trees, from 1 to 10,000.
    pub n_trees: usize,
    /// Levels of nodes in a tree, the root's included: a path has at most one cut less. From 2 to 24.
    pub max_depth: u16,
    /// Rows on each side of a cut, at least 1; a row drawn twice by the bootstrap counts twice.
    pub min_leaf: usize,
    /// Features tried for each cut, at least 1; the square root of their number where None.
    pub n_candidates: Option<usize>,
}

impl Default for ForestSettings {
    fn default() -> Self {
        Self { kind: Kind::ExtraTrees, n_trees: 100, max_depth: 15, min_leaf: 5, n_candidates: None }
    }
}

impl ForestSettings {
    /// # Errors
    /// [`ForestError::InvalidSettings`] where a figure is out of its range.
    pub(super) fn check(&self) -> Result<(), ForestError> {
        let problem = if !(1..=MAX_TREES).contains(&self.n_trees) {
            "n_trees must be from 1 to 10000"
        } else if !(2..=MAX_DEPTH).contains(&self.max_depth) {
            "max_depth must be from 2 to 24"
        } else if self.min_leaf == 0 {
            "min_leaf must be at least 1"
        } else if self.n_candidates == Some(0) {
            "n_candidates must be at least 1"
        } else {
            return Ok(());
        };
        Err(ForestError::InvalidSettings(problem))
    }
}

/// Why no forest was grown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForestError {
    /// Correct the settings.
    #[error("the forest's settings are out of range: {0}")]
    InvalidSettings(&'static str),
    /// Give one target for each row.
    #[error("{rows} rows came with {targets} targets; each row needs one")]
    TargetsMismatch {
        /// Rows given.
        rows: usize,
        /// Targets given.
        targets: usize,
    },
    /// Wait for more rows.
    #[error("{have} rows are too few to grow a tree; at least 2 are needed")]
    TooFewRows {
        /// Rows given.
        have: usize,
    },
    /// Wait for labels of the other class.
    #[error("all targets are of one class; rows of both are needed")]
    OneClass,
    /// Give rows of 1 to 65,535 features.
    #[error("rows of {have} features cannot be trained on; 1 to 65535 are possible")]
    FeatureCount {
        /// Features of the first row.
        have: usize,
    },
    /// Give every row the same features.
    #[error("row {row} has {have} features where the first row has {need}")]
    RaggedRow {
        /// Index of the row.
        row: usize,
        /// Its features.
        have: usize,
        /// The features of the first row.
        need: usize,
    },
    /// Impute before training.
    #[error("feature {feature} of row {row} is not a finite number")]
    NotFinite {
        /// Index of the row.
        row: usize,
        /// Index of the feature.
        feature: usize,
    },
    /// The library that grows the trees failed; the text is for the log.
    #[error("growing the trees failed: {0}")]
    Growing(String),
}
