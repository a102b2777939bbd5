//! The model as an artifact: what is stored, checked when read, and asked for a judgement.

use super::isolation_model::IsolationModel;
use super::supervised::SupervisedModel;
use crate::detection::features::{FEATURE_SCHEMA_ID, Feature, FeatureVector};
use crate::domain::assessment::Detail;
use serde::{Deserialize, Serialize};

/// The format written today.
const FORMAT: u8 = 3;

/// Why stored bytes are no model that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Written by a newer version, or not a model at all.
    #[error("model format {0} is unknown; train a new model")]
    UnknownFormat(u8),
    /// Of an older version of the service: expected after an update, until the next training.
    #[error("the model is of an older version of the service; the next training replaces it")]
    Outdated,
    /// The bytes do not decode, or decode to something no model can be.
    #[error("the model's bytes are corrupt; train a new model")]
    Corrupt,
}

/// A trained model of the ml layer. It never changes; retraining makes another.
#[derive(Debug, Clone, PartialEq)]
pub struct MlModel(Content);

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Trained(Box<Stored>),
    Outdated,
    Unusable(String),
}

/// What is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Stored {
    feature_schema: i16,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Kind {
    Isolation(IsolationModel),
    Supervised(SupervisedModel),
}

/// A model's answer for one vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    /// On the common scale, in [0, 1].
    pub(super) score: f64,
    /// What of the score is not any feature's: that of a transaction of which nothing is particular.
    pub(super) base: f64,
    /// The part of each feature looked at; with the base they add up to the score.
    pub(super) parts: Vec<(Feature, f64)>,
    /// Calibrated probability of fraud, in (0, 1); none of a model that learned without labels.
    pub(super) probability: Option<f64>,
}

/// Why a model gives no judgement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Silence {
    /// It is of an older version: the layer abstains.
    Outdated,
    /// It cannot be used: the layer fails for this reason.
    Unusable(String),
}

impl MlModel {
    /// A champion that cannot be used, such as one whose bytes are corrupt: the layer fails for `reason`
    /// instead of abstaining, so that what it would have caught is not silently let through.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self(Content::Unusable(reason.into()))
    }

    /// A champion of an older version of the service: the layer abstains until the next training.
    pub fn outdated() -> Self {
        Self(Content::Outdated)
    }

    pub(super) fn isolation(model: IsolationModel) -> Self {
        Self::trained(Kind::Isolation(model))
    }

    #[cfg(feature = "train")]
    pub(super) fn supervised(model: SupervisedModel) -> Self {
        Self::trained(Kind::Supervised(model))
    }

    fn trained(kind: Kind) -> Self {
        Self(Content::Trained(Box::new(Stored { feature_schema: FEATURE_SCHEMA_ID, kind })))
    }

    /// How many rows it was trained on.
    pub fn n_rows(&self) -> u64 {
        match self.kind() {
            Some(Kind::Isolation(model)) => model.n_rows,
            Some(Kind::Supervised(model)) => model.n_rows,
            None => 0,
        }
    }

    /// Whether it learned from labels.
    pub fn is_supervised(&self) -> bool {
        matches!(self.kind(), Some(Kind::Supervised(_)))
    }

    /// What it is, in one line.
    pub fn describe(&self) -> String {
        match (&self.0, self.kind()) {
            (_, Some(Kind::Isolation(model))) => format!("isolation forest of {} rows", model.n_rows),
            (_, Some(Kind::Supervised(model))) => model.describe(),
            (Content::Unusable(reason), None) => format!("unusable: {reason}"),
            (Content::Outdated | Content::Trained(_), None) => "of an older version".to_owned(),
        }
    }

    /// The bytes to store; empty, which no reader accepts, for one that is not trained.
    pub fn encode(&self) -> Vec<u8> {
        match &self.0 {
            Content::Trained(stored) => postcard::to_extend(stored, vec![FORMAT]).unwrap_or_default(),
            Content::Outdated | Content::Unusable(_) => Vec::new(),
        }
    }

    /// Reads stored bytes; the result equals what was encoded, and is safe to ask.
    ///
    /// # Errors
    /// When the format is unknown or older, the features are others, or the bytes are no model.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let (format, content) = bytes.split_first().ok_or(ModelError::Corrupt)?;
        match *format {
            FORMAT => {}
            older if older > 0 && older < FORMAT => return Err(ModelError::Outdated),
            unknown => return Err(ModelError::UnknownFormat(unknown)),
        }
        // Looked at first: the rest of another schema's model may decode to nonsense.
        let schema = postcard::take_from_bytes::<i16>(content).map_err(|_| ModelError::Corrupt)?.0;
        if schema != FEATURE_SCHEMA_ID {
            return Err(ModelError::Outdated);
        }
        match postcard::take_from_bytes::<Stored>(content) {
            Ok((stored, [])) if stored.kind.is_outdated() => Err(ModelError::Outdated),
            Ok((stored, [])) if stored.kind.is_valid() => Ok(Self::trained(stored.kind)),
            Ok(_) | Err(_) => Err(ModelError::Corrupt),
        }
    }

    /// Judges a vector, or says why it does not.
    pub(super) fn judge(&self, features: &FeatureVector, detail: Detail) -> Result<Judgement, Silence> {
        match &self.0 {
            Content::Trained(stored) => Ok(match &stored.kind {
                Kind::Isolation(model) => model.judge(features),
                Kind::Supervised(model) => model.judge(features, detail),
            }),
            Content::Outdated => Err(Silence::Outdated),
            Content::Unusable(reason) => Err(Silence::Unusable(reason.clone())),
        }
    }

    /// The middle of a feature in training; none if it is not looked at.
    pub(super) fn median(&self, feature: Feature) -> Option<f32> {
        match self.kind()? {
            Kind::Isolation(model) => model.median(feature),
            Kind::Supervised(model) => model.median(feature),
        }
    }

    fn kind(&self) -> Option<&Kind> {
        match &self.0 {
            Content::Trained(stored) => Some(&stored.kind),
            Content::Outdated | Content::Unusable(_) => None,
        }
    }
}

impl Kind {
    fn is_outdated(&self) -> bool {
        match self {
            Self::Isolation(model) => model.is_outdated(),
            // Names its inputs, and any will do.
            Self::Supervised(_) => false,
        }
    }

    fn is_valid(&self) -> bool {
        match self {
            Self::Isolation(model) => model.is_valid(),
            Self::Supervised(model) => model.is_valid(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;

    #[test]
    fn a_model_is_read_back_as_it_was() {
        for model in [fixtures::model(), fixtures::supervised_model()] {
            assert_eq!(MlModel::decode(&model.encode()), Ok(model));
        }
    }

    #[test]
    fn bytes_that_are_no_model_are_refused() {
        let bytes = fixtures::model().encode();
        assert_eq!(MlModel::decode(&[]), Err(ModelError::Corrupt));
        assert_eq!(MlModel::decode(&bytes[..bytes.len() / 2]), Err(ModelError::Corrupt));
        assert_eq!(MlModel::decode(&[9]), Err(ModelError::UnknownFormat(9)));
        assert_eq!(MlModel::decode(&[0]), Err(ModelError::UnknownFormat(0)));
        assert_eq!(MlModel::decode(&MlModel::unusable("why").encode()), Err(ModelError::Corrupt));
    }

    #[test]
    fn a_model_of_an_older_format_or_schema_is_outdated_not_corrupt() {
        let mut bytes = fixtures::model().encode();
        assert_eq!(MlModel::decode(&[FORMAT - 1, 2, 3]), Err(ModelError::Outdated));
        bytes[1] = 2;
        assert_eq!(MlModel::decode(&bytes), Err(ModelError::Outdated));
    }

    #[test]
    fn a_forest_of_other_inputs_is_outdated() {
        let mut model = fixtures::model();
        if let Content::Trained(stored) = &mut model.0
            && let Kind::Isolation(forest) = &mut stored.kind
        {
            forest.inputs.swap(0, 1);
        }
        assert_eq!(MlModel::decode(&model.encode()), Err(ModelError::Outdated));
    }

    #[test]
    fn no_flipped_byte_makes_a_model_that_panics_or_never_ends() {
        let features = fixtures::ordinary_vectors(1).remove(0);
        for model in [fixtures::model(), fixtures::supervised_model()] {
            let bytes = model.encode();
            for index in (1..bytes.len()).step_by(97) {
                let mut flipped = bytes.clone();
                flipped[index] ^= 0xff;
                if let Ok(model) = MlModel::decode(&flipped) {
                    assert!(model.judge(&features, Detail::Exact).is_ok());
                }
            }
        }
    }
}
