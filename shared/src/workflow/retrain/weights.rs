//! The layers' weights, learned from the same lessons as the model: proposed, or made a configuration.

use crate::config::AdaptMode;
use crate::detection::engine::DetectionEngine;
use crate::detection::fusion::{self, Fusion};
use crate::detection::ml::Lesson;
use crate::domain::configuration::Configuration;
use crate::domain::score::{Layer, Weights};
use serde_json::{Value, json};

/// What was learned of the weights, beside what is configured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighing {
    fusion: Fusion,
    configured: Configuration,
}

/// Learns weights from the lessons that the model learned from.
pub(super) fn weigh(engine: &DetectionEngine, lessons: &[Lesson], out_of_fold: &[f64]) -> Option<Weighing> {
    let fusion = fusion::weigh(engine, lessons, out_of_fold)?;
    Some(Weighing { fusion, configured: *engine.configuration() })
}

impl Weighing {
    /// The configuration to make active: the learned weights where learning may replace them and they are
    /// others.
    pub(super) fn adopted(&self, mode: AdaptMode) -> Option<Configuration> {
        let is_new = self.fusion.weights != self.configured.weights;
        match mode {
            AdaptMode::Apply if is_new => {
                Some(Configuration { weights: self.fusion.weights, ..self.configured })
            }
            AdaptMode::Apply | AdaptMode::Propose | AdaptMode::Off => None,
        }
    }

    /// For the task's report.
    pub(super) fn describe(&self) -> Value {
        json!({
            "learned": describe(self.fusion.weights),
            "configured": describe(self.configured.weights),
            "average_precision_out_of_fold": self.fusion.average_precision,
            "average_precision_of_default_weights": self.fusion.default_average_precision,
        })
    }
}

fn describe(weights: Weights) -> Value {
    let [statistical, behavioral, ml] = Layer::ALL.map(|layer| weights.of(layer));
    json!({"statistical": statistical, "behavioral": behavioral, "ml": ml})
}
