//! Replaying a decision: a stored assessment recomputed from its feature vector and the versions it names.
//!
//! Identical means to the bit: scores, probability and contributions are compared as the bits of their f64,
//! texts as they are. What cannot be recomputed is a difference too, with the reason in its place. Nothing is
//! read of any profile: a layer is a function of the vector and the versions alone.

use super::engine;
use crate::db::assessments::{self, StoredAssessment};
use crate::detection::engine::DetectionEngine;
use crate::detection::features::{FEATURE_SCHEMA_ID, FeatureVector};
use crate::domain::assessment::{Assessment, Detail, LayerRecord, ReasonRecord, Versions};
use crate::domain::ids::AssessmentId;
use crate::domain::score::{Layer, Score};
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::access::Session;
use serde_json::Value;

/// What came of a replay.
#[derive(Debug)]
pub struct Replay {
    /// The assessment.
    pub id: AssessmentId,
    /// The versions it names, by which it was recomputed.
    pub versions: Versions,
    /// How its ml layer's reasons were shared out, when stored and so again now.
    pub detail: Detail,
    /// What is not the same; empty when all is identical to the bit.
    pub differences: Vec<Difference>,
}

/// One thing that is not the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// What: `risk_score`, `ml.score` or `ml.reasons.0.contribution`, say.
    pub field: String,
    /// As it is stored; null for nothing.
    pub stored: Value,
    /// As it comes out now, or why it cannot.
    pub recomputed: Value,
}

/// Recomputes a stored assessment and compares.
///
/// # Errors
/// 404 when there is no such assessment.
pub async fn replay(state: &AppState, session: &Session, id: AssessmentId) -> Result<Replay, Error> {
    let client = session.connection.client()?;
    let stored = assessments::find(client, &[id.0]).await?.into_iter().next();
    let stored = stored.ok_or_else(|| Error::not_found("assessment"))?;
    let (versions, detail) = (stored.record.versions, stored.record.detail);
    let engine = engine::of_versions(state, client, versions).await?;
    // An exact explanation takes milliseconds: not on a thread that serves.
    let differences =
        tokio::task::spawn_blocking(move || differences(&engine, &stored)).await.map_err(Error::internal)?;
    if !differences.is_empty() {
        tracing::warn!(assessment_id = %id, n_differences = differences.len(), "{id} came out otherwise");
    }
    Ok(Replay { id, versions, detail, differences })
}

/// What differs between a stored assessment and what an engine of its versions says of its features.
fn differences(engine: &DetectionEngine, stored: &StoredAssessment) -> Vec<Difference> {
    let versions = stored.record.versions;
    let vector = match FeatureVector::from_bytes(versions.feature_schema, &stored.features) {
        Ok(vector) => vector,
        Err(error) => {
            let field =
                if versions.feature_schema == FEATURE_SCHEMA_ID { "features" } else { "feature_schema" };
            let mut found = Compared::default();
            found.differ(field, versions.feature_schema.into(), error.to_string().into());
            return found.0;
        }
    };
    let mut found = Compared::default();
    found.assessments(stored, &engine.assess(&vector, stored.record.detail));
    if let Some(id) = versions.baseline.filter(|_| engine.baseline().is_none() && !found.0.is_empty()) {
        found.differ(
            "baseline",
            id.to_string().into(),
            "it cannot be used by this version of the service".into(),
        );
    }
    found.0
}

/// The differences found so far.
#[derive(Default)]
struct Compared(Vec<Difference>);

impl Compared {
    fn differ(&mut self, field: &str, stored: Value, recomputed: Value) {
        self.0.push(Difference { field: field.to_owned(), stored, recomputed });
    }

    fn values(&mut self, field: &str, stored: Value, recomputed: Value) {
        if stored != recomputed {
            self.differ(field, stored, recomputed);
        }
    }

    /// By the bits. jsonb keeps the shortest decimal that reads back as the same f64, but no sign of a zero;
    /// adding 0 takes it off on both sides.
    fn numbers(&mut self, field: &str, stored: Option<f64>, recomputed: Option<f64>) {
        let bits = |number: Option<f64>| number.map(|number| (number + 0.0).to_bits());
        if bits(stored) != bits(recomputed) {
            self.differ(field, stored.into(), recomputed.into());
        }
    }

    fn assessments(&mut self, stored: &StoredAssessment, recomputed: &Assessment) {
        let record = &stored.record;
        self.numbers("risk_score", Some(record.risk.value()), Some(recomputed.risk.value()));
        self.values("severity", record.severity.as_str().into(), recomputed.severity.as_str().into());
        self.numbers("fraud_probability", record.probability, recomputed.probability);
        for layer in Layer::ALL {
            let again = LayerRecord::from(recomputed.layer(layer));
            self.layers(layer.as_str(), record.layer(layer), &again);
        }
    }

    fn layers(&mut self, layer: &str, stored: &LayerRecord, recomputed: &LayerRecord) {
        let outcomes = (stored.outcome.as_str(), recomputed.outcome.as_str());
        self.values(&format!("{layer}.outcome"), outcomes.0.into(), outcomes.1.into());
        let score = |record: &LayerRecord| record.score.map(Score::value);
        self.numbers(&format!("{layer}.score"), score(stored), score(recomputed));
        let explanation = |record: &LayerRecord| Value::from(record.explanation.clone());
        self.values(&format!("{layer}.explanation"), explanation(stored), explanation(recomputed));
        let counts = (stored.reasons.len(), recomputed.reasons.len());
        self.values(&format!("{layer}.reasons"), counts.0.into(), counts.1.into());
        for (position, pair) in stored.reasons.iter().zip(&recomputed.reasons).enumerate() {
            self.reasons(&format!("{layer}.reasons.{position}"), pair);
        }
    }

    fn reasons(&mut self, place: &str, (stored, recomputed): (&ReasonRecord, &ReasonRecord)) {
        let texts = |text: &String| Value::from(text.as_str());
        self.values(&format!("{place}.code"), texts(&stored.code), texts(&recomputed.code));
        self.values(&format!("{place}.text"), texts(&stored.text), texts(&recomputed.text));
        let contributions = (Some(stored.contribution), Some(recomputed.contribution));
        self.numbers(&format!("{place}.contribution"), contributions.0, contributions.1);
    }
}
