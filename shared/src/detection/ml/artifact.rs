//! The model as an artifact: what is stored, checked when read, and asked for a judgement.

use super::calibration::Scale;
use super::inputs::INPUTS;
use super::isolation::IsolationForest;
use crate::detection::features::{FEATURE_SCHEMA_ID, Feature, FeatureVector};
use serde::{Deserialize, Serialize};

/// The format written today.
const FORMAT: u8 = 1;

/// Why stored bytes are no model that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Written by a newer version, or not a model at all.
    #[error("model format {0} is unknown; train a new model")]
    UnknownFormat(u8),
    /// Trained on another set of features.
    #[error("the model was trained on feature schema {0}, which is not in use; train a new model")]
    OtherSchema(i16),
    /// The bytes do not decode, or decode to something no model can be.
    #[error("the model's bytes are corrupt; train a new model")]
    Corrupt,
}

/// A trained model of the ml layer. It never changes; retraining makes another.
#[derive(Debug, Clone, PartialEq)]
pub struct MlModel(Content);

#[derive(Debug, Clone, PartialEq)]
enum Content {
    Isolation(Box<IsolationModel>),
    Unusable(String),
}

/// An isolation forest over [`INPUTS`], the medians that stand in for missing values, and its scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct IsolationModel {
    pub(super) feature_schema: i16,
    pub(super) n_rows: u64,
    pub(super) medians: Vec<f32>,
    pub(super) forest: IsolationForest,
    pub(super) scale: Scale,
}

/// A model's answer for one vector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judgement {
    /// On the common scale, in [0, 1].
    pub(super) score: f64,
    /// The part of each feature looked at: only proportions mean anything.
    pub(super) parts: Vec<(Feature, f64)>,
}

impl MlModel {
    /// A champion that cannot be used, such as one whose bytes are corrupt: the layer fails for `reason`
    /// instead of abstaining, so that what it would have caught is not silently let through.
    pub fn unusable(reason: impl Into<String>) -> Self {
        Self(Content::Unusable(reason.into()))
    }

    pub(super) fn isolation(model: IsolationModel) -> Self {
        Self(Content::Isolation(Box::new(model)))
    }

    /// How many rows it was trained on.
    pub fn n_rows(&self) -> u64 {
        match &self.0 {
            Content::Isolation(model) => model.n_rows,
            Content::Unusable(_) => 0,
        }
    }

    /// The bytes to store; empty, which no reader accepts, for an unusable model.
    pub fn encode(&self) -> Vec<u8> {
        match &self.0 {
            Content::Isolation(model) => postcard::to_extend(model, vec![FORMAT]).unwrap_or_default(),
            Content::Unusable(_) => Vec::new(),
        }
    }

    /// Reads stored bytes; the result equals what was encoded, and is safe to ask.
    ///
    /// # Errors
    /// When the format is unknown, the features are others, or the bytes are no model.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelError> {
        let (format, content) = bytes.split_first().ok_or(ModelError::Corrupt)?;
        if *format != FORMAT {
            return Err(ModelError::UnknownFormat(*format));
        }
        let Ok((model, [])) = postcard::take_from_bytes::<IsolationModel>(content) else {
            return Err(ModelError::Corrupt);
        };
        if model.feature_schema != FEATURE_SCHEMA_ID {
            return Err(ModelError::OtherSchema(model.feature_schema));
        }
        if model.is_valid() { Ok(Self::isolation(model)) } else { Err(ModelError::Corrupt) }
    }

    /// Judges a vector, or says why it cannot.
    pub(super) fn judge(&self, features: &FeatureVector) -> Result<Judgement, &str> {
        match &self.0 {
            Content::Isolation(model) => Ok(model.judge(features)),
            Content::Unusable(reason) => Err(reason),
        }
    }

    /// What stands for a feature where it is missing: its median in training. None if it is not looked at.
    pub(super) fn median(&self, feature: Feature) -> Option<f32> {
        match &self.0 {
            Content::Isolation(model) => {
                let index = INPUTS.iter().position(|input| *input == feature)?;
                model.medians.get(index).copied()
            }
            Content::Unusable(_) => None,
        }
    }
}

impl IsolationModel {
    fn judge(&self, features: &FeatureVector) -> Judgement {
        let isolation = self.forest.isolate(&impute(features, &self.medians));
        let parts = INPUTS.into_iter().zip(isolation.shortfalls).collect();
        Judgement { score: self.scale.map(isolation.score), parts }
    }

    fn is_valid(&self) -> bool {
        self.medians.len() == INPUTS.len()
            && self.medians.iter().all(|median| median.is_finite())
            && self.forest.is_valid(INPUTS.len())
            && self.scale.is_valid()
    }
}

/// The values of the inputs, with the median of training where one is missing.
pub(super) fn impute(features: &FeatureVector, medians: &[f32]) -> Vec<f32> {
    INPUTS.into_iter().zip(medians).map(|(input, median)| features.get(input).unwrap_or(*median)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detection::fixtures;

    #[test]
    fn a_model_is_read_back_as_it_was() {
        let model = fixtures::model();
        assert_eq!(MlModel::decode(&model.encode()), Ok(model));
    }

    #[test]
    fn bytes_that_are_no_model_are_refused() {
        let bytes = fixtures::model().encode();
        assert_eq!(MlModel::decode(&[]), Err(ModelError::Corrupt));
        assert_eq!(MlModel::decode(&bytes[..bytes.len() / 2]), Err(ModelError::Corrupt));
        assert_eq!(MlModel::decode(&[2]), Err(ModelError::UnknownFormat(2)));
        let mut other = bytes.clone();
        other[1] = 4;
        assert_eq!(MlModel::decode(&other), Err(ModelError::OtherSchema(2)));
        assert_eq!(MlModel::decode(&MlModel::unusable("why").encode()), Err(ModelError::Corrupt));
    }

    #[test]
    fn no_flipped_byte_makes_a_model_that_panics_or_never_ends() {
        let bytes = fixtures::model().encode();
        let features = fixtures::ordinary_vectors(1).remove(0);
        for index in (1..bytes.len()).step_by(97) {
            let mut flipped = bytes.clone();
            flipped[index] ^= 0xff;
            if let Ok(model) = MlModel::decode(&flipped) {
                assert!(model.judge(&features).is_ok());
            }
        }
    }
}
