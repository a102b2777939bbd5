//! What is kept of a transaction of the test days: its scores and how it turned out.

use super::days::date_of;
use super::input::Event;
use jiff::civil::Date;
use serde::Serialize;
use shared::domain::assessment::{Assessment, LayerOutcome};
use shared::domain::score::{Layer, Score, Weights};

/// One scored transaction of a test day. Scores are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct TestRow {
    /// The file's own id.
    pub transaction_id: String,
    /// UTC.
    pub day: Date,
    /// Whose transaction it was.
    pub account: String,
    /// Whether it was fraud, known or not yet known when it was scored.
    pub is_fraud: bool,
    /// In the file's words, where it names kinds of fraud.
    pub scenario: Option<String>,
    /// Score of the statistical layer, in [0, 1].
    pub statistical: f64,
    /// Score of the behavioral layer, in [0, 1].
    pub behavioral: f64,
    /// Score of the ml layer, in [0, 1].
    pub ml: f64,
    /// Risk score under the weights in use, in [0, 1].
    pub risk: f64,
    /// Risk score under the default weights, in [0, 1].
    pub risk_default_weights: f64,
    /// Calibrated probability of fraud, in [0, 1]; none without a model that learned from labels.
    pub probability: Option<f64>,
}

impl TestRow {
    /// What an engine said of an event; a layer that did not score counts as 0.
    pub fn new(event: &Event, assessment: &Assessment) -> Self {
        let scores = Layer::ALL.map(|layer| match assessment.layer(layer) {
            LayerOutcome::Scored(score, _) => Some(*score),
            LayerOutcome::Abstained(_) | LayerOutcome::Failed(_) => None,
        });
        let [statistical, behavioral, ml] = scores.map(|score| score.map_or(0.0, Score::value));
        Self {
            transaction_id: event.transaction.key.external_id.to_string(),
            day: date_of(event.transaction.occurred_at),
            account: event.transaction.account.to_string(),
            is_fraud: event.is_fraud,
            scenario: event.scenario.clone(),
            statistical,
            behavioral,
            ml,
            risk: assessment.risk.value(),
            risk_default_weights: Weights::default().combine(scores).value(),
            probability: assessment.probability,
        }
    }
}

/// A column of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// The statistical layer.
    Statistical,
    /// The behavioral layer.
    Behavioral,
    /// The ml layer.
    Ml,
    /// The risk score under the weights in use.
    Risk,
    /// The risk score under the default weights.
    RiskDefaultWeights,
}

impl Column {
    /// Every column, in the order in which reports list them.
    pub const ALL: [Self; 5] =
        [Self::Statistical, Self::Behavioral, Self::Ml, Self::Risk, Self::RiskDefaultWeights];

    /// As in reports and files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statistical => "statistical",
            Self::Behavioral => "behavioral",
            Self::Ml => "ml",
            Self::Risk => "risk",
            Self::RiskDefaultWeights => "risk_default_weights",
        }
    }

    /// This column's score of one row.
    pub fn of(self, row: &TestRow) -> f64 {
        match self {
            Self::Statistical => row.statistical,
            Self::Behavioral => row.behavioral,
            Self::Ml => row.ml,
            Self::Risk => row.risk,
            Self::RiskDefaultWeights => row.risk_default_weights,
        }
    }
}

#[cfg(test)]
pub(super) mod build {
    use super::TestRow;
    use jiff::civil::{Date, date};

    /// A day of the test's August.
    pub(crate) fn august(day: i8) -> Date {
        date(2018, 8, day)
    }

    /// A row of August 8 with this score in every column and as its probability.
    pub(crate) fn row(account: &str, score: f64, is_fraud: bool) -> TestRow {
        TestRow {
            transaction_id: format!("{account}-{score}"),
            day: august(8),
            account: account.to_owned(),
            is_fraud,
            scenario: None,
            statistical: score,
            behavioral: score,
            ml: score,
            risk: score,
            risk_default_weights: score,
            probability: Some(score),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_own_score_and_the_same_name_in_files_and_json() {
        let row = TestRow {
            statistical: 0.1,
            behavioral: 0.2,
            ml: 0.3,
            risk: 0.4,
            risk_default_weights: 0.5,
            ..build::row("a", 0.9, false)
        };
        assert_eq!(Column::ALL.map(|column| column.of(&row)), [0.1, 0.2, 0.3, 0.4, 0.5]);
        for column in Column::ALL {
            assert_eq!(serde_json::to_value(column).unwrap(), column.as_str());
        }
    }
}
