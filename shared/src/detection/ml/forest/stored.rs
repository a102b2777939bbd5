//! The forest as bytes. Only what cannot be derived is written: cuts and leaves in preorder, and each value
//! of a leaf once, since the leaves of a forest share few. Decoding compiles the trees anew, so that bytes
//! which are no forest are refused.

use super::compiled::{Forest, Step};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
struct StoredForest {
    n_features: u16,
    /// Increasing.
    values: Vec<f64>,
    trees: Vec<Vec<StoredStep>>,
}

#[derive(Serialize, Deserialize)]
enum StoredStep {
    Cut {
        feature: u16,
        threshold: f32,
    },
    Leaf {
        /// Index into the values.
        value: u32,
        cover: u32,
    },
}

impl Serialize for Forest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let trees = self.steps();
        let mut values: Vec<f64> = trees
            .iter()
            .flatten()
            .filter_map(|step| match step {
                Step::Leaf { value, .. } => Some(*value),
                Step::Cut { .. } => None,
            })
            .collect();
        values.sort_by(f64::total_cmp);
        values.dedup_by(|left, right| left.to_bits() == right.to_bits());
        let store = |step: &Step| match *step {
            Step::Cut { feature, threshold } => StoredStep::Cut { feature, threshold },
            Step::Leaf { value, cover } => {
                let index = values.partition_point(|known| known.total_cmp(&value).is_lt());
                StoredStep::Leaf { value: index as u32, cover }
            }
        };
        let trees = trees.iter().map(|tree| tree.iter().map(store).collect()).collect();
        StoredForest { n_features: self.n_features() as u16, values, trees }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Forest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StoredForest { n_features, values, trees } = StoredForest::deserialize(deserializer)?;
        let read = |step: &StoredStep| match *step {
            StoredStep::Cut { feature, threshold } => Some(Step::Cut { feature, threshold }),
            StoredStep::Leaf { value, cover } => {
                values.get(value as usize).map(|value| Step::Leaf { value: *value, cover })
            }
        };
        let steps: Option<Vec<Vec<Step>>> =
            trees.iter().map(|tree| tree.iter().map(read).collect()).collect();
        steps
            .and_then(|steps| Self::compile(n_features, &steps))
            .ok_or_else(|| D::Error::custom("the bytes are no forest"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{N_FEATURES, and_tree, cut, leaf, sample};
    use super::super::settings::Kind;
    use super::*;

    #[test]
    fn a_forest_comes_back_from_its_bytes_with_the_same_bytes() {
        for kind in [Kind::ExtraTrees, Kind::RandomForest] {
            let forest = sample(400, 12).forest(kind);
            let bytes = postcard::to_stdvec(&forest).unwrap();
            let decoded: Forest = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(decoded, forest);
            assert_eq!(decoded.expectation().to_bits(), forest.expectation().to_bits());
            assert!(decoded.is_valid(N_FEATURES));
            assert_eq!(postcard::to_stdvec(&decoded).unwrap(), bytes);
        }
    }

    #[test]
    fn a_value_is_written_once_and_a_cut_takes_six_bytes() {
        // n_features, 2 values, 1 tree of 5 nodes: 1 + (1 + 16) + (1 + 1) + 2 cuts of 6 + 3 leaves of 3.
        let forest = Forest::compile(2, &[and_tree()]).unwrap();
        assert_eq!(postcard::to_stdvec(&forest).unwrap().len(), 1 + 17 + 2 + 12 + 9);
    }

    #[test]
    fn damaged_bytes_are_refused_or_give_a_forest_that_can_be_asked() {
        let tree = vec![cut(1, 0.5), leaf(0.25, 70), cut(0, 1.5), leaf(0.5, 3), leaf(0.75, 900)];
        let bytes = postcard::to_stdvec(&Forest::compile(2, &[and_tree(), tree]).unwrap()).unwrap();
        for end in 0..bytes.len() {
            assert!(postcard::from_bytes::<Forest>(&bytes[..end]).is_err());
        }
        for index in 0..bytes.len() {
            for value in 0..=255 {
                let mut damaged = bytes.clone();
                damaged[index] = value;
                let decoded = postcard::from_bytes::<Forest>(&damaged).ok();
                if let Some(forest) = decoded.filter(|forest| forest.is_valid(2)) {
                    let row = [1.0, 1.0];
                    let total = forest.expectation() + forest.shapley(&row).iter().sum::<f64>();
                    assert!((0.0..=1.0).contains(&forest.predict(&row)));
                    assert!((forest.predict(&row) - total).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn bytes_that_are_no_tree_are_refused() {
        let refused = |trees: Vec<Vec<StoredStep>>| {
            let stored = StoredForest { n_features: 1, values: vec![0.5], trees };
            postcard::from_bytes::<Forest>(&postcard::to_stdvec(&stored).unwrap()).is_err()
        };
        let cut = || StoredStep::Cut { feature: 0, threshold: 0.0 };
        assert!(!refused(vec![vec![StoredStep::Leaf { value: 0, cover: 1 }]]));
        assert!(refused(vec![vec![StoredStep::Leaf { value: 1, cover: 1 }]]));
        assert!(refused(vec![]));
        assert!(refused(vec![vec![]]));
        assert!(refused(vec![(0..100_000).map(|_| cut()).collect()]));
    }
}
