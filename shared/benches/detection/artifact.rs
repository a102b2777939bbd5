//! The forest inside a model, and what its rows are made of: read from the model's bytes, which hold both.

use serde::Deserialize;
use shared::detection::features::FeatureVector;
use shared::detection::ml::MlModel;
use shared::detection::ml::forest::Forest;

/// Bytes that the forest's fields begin after: the format.
const FORMAT_BYTES: usize = 1;

/// A supervised model's bytes up to its forest, in their order.
#[derive(Debug, Deserialize)]
pub(crate) struct Artifact {
    _feature_schema: i16,
    /// Which kind of model; 1 is the supervised one.
    kind: u8,
    _n_rows: u64,
    _n_frauds: u64,
    inputs: Vec<Input>,
    /// The compiled forest.
    pub(crate) forest: Forest,
}

#[derive(Debug, Deserialize)]
struct Input {
    index: u16,
    missing: f32,
    _median: f32,
}

impl Artifact {
    /// Reads a supervised model.
    pub(crate) fn of(model: &MlModel) -> Self {
        let artifact: Self = postcard::take_from_bytes(&model.encode()[FORMAT_BYTES..]).unwrap().0;
        assert_eq!((artifact.kind, artifact.inputs.len()), (1, artifact.forest.n_features()));
        artifact
    }

    /// A row for the forest: the inputs' values, and what stands for a missing one.
    pub(crate) fn fill(&self, features: &FeatureVector) -> Vec<f32> {
        let value = |input: &Input| features.values()[usize::from(input.index)];
        let filled = |input| if value(input).is_nan() { input.missing } else { value(input) };
        self.inputs.iter().map(filled).collect()
    }
}
