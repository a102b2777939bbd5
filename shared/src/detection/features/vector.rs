//! The feature vector: one f32 a feature, as it is scored, trained on and stored.

use super::catalogue::{Feature, N_FEATURES};

/// The id of the set and order of features in this module.
pub const FEATURE_SCHEMA_ID: i16 = 2;

/// The one NaN that means missing.
const MISSING: f32 = f32::from_bits(0x7fc0_0000);

/// Why stored bytes are no feature vector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    /// The vector was made with another set of features.
    #[error("feature schema {0} is not the one in use; extract the features again")]
    UnknownSchema(i16),
    /// The number of bytes does not fit.
    #[error("a feature vector of {have} bytes was found where {need} are needed")]
    WrongLength {
        /// Bytes found.
        have: usize,
        /// Bytes needed.
        need: usize,
    },
    /// A value is infinite.
    #[error("the feature {0} is infinite")]
    Infinite(&'static str),
}

/// [`N_FEATURES`] values in the order of [`Feature::ALL`]; each is finite or missing, never another NaN.
///
/// Equal means equal to the bit, missing values included.
#[derive(Debug, Clone)]
pub struct FeatureVector([f32; N_FEATURES]);

impl PartialEq for FeatureVector {
    fn eq(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(left, right)| left.to_bits() == right.to_bits())
    }
}

impl Eq for FeatureVector {}

impl FeatureVector {
    /// A vector of which nothing is known.
    pub fn missing() -> Self {
        Self([MISSING; N_FEATURES])
    }

    /// Takes values in the order of [`Feature::ALL`]; one that is not finite counts as missing.
    pub fn from_values(values: [f32; N_FEATURES]) -> Self {
        Self(values.map(|value| if value.is_finite() { value } else { MISSING }))
    }

    /// The value of a feature, none when missing.
    pub fn get(&self, feature: Feature) -> Option<f32> {
        Some(self.0[feature.index()]).filter(|value| !value.is_nan())
    }

    /// All values in the order of [`Feature::ALL`]; missing ones are NaN.
    pub fn values(&self) -> &[f32; N_FEATURES] {
        &self.0
    }

    /// The value of a feature as f64, none when missing.
    pub(crate) fn number(&self, feature: Feature) -> Option<f64> {
        self.get(feature).map(f64::from)
    }

    /// Rounds a value to f32 and sets it; what is none or not finite is missing.
    pub(crate) fn set(&mut self, feature: Feature, value: Option<f64>) {
        let rounded = value.map_or(MISSING, |value| value as f32);
        self.0[feature.index()] = if rounded.is_finite() { rounded } else { MISSING };
    }

    /// The values as little-endian f32, four bytes each.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Reads what [`Self::to_bytes`] made under the schema `schema_id`.
    ///
    /// # Errors
    /// When the schema is not [`FEATURE_SCHEMA_ID`], the length does not fit, or a value is infinite.
    pub fn from_bytes(schema_id: i16, bytes: &[u8]) -> Result<Self, FeatureError> {
        if schema_id != FEATURE_SCHEMA_ID {
            return Err(FeatureError::UnknownSchema(schema_id));
        }
        let need = N_FEATURES * size_of::<f32>();
        if bytes.len() != need {
            return Err(FeatureError::WrongLength { have: bytes.len(), need });
        }
        let mut values = [MISSING; N_FEATURES];
        for (feature, chunk) in Feature::ALL.into_iter().zip(bytes.chunks_exact(size_of::<f32>())) {
            let value = chunk.try_into().map_or(MISSING, f32::from_le_bytes);
            if value.is_infinite() {
                return Err(FeatureError::Infinite(feature.as_str()));
            }
            values[feature.index()] = value;
        }
        Ok(Self::from_values(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_survives_storage_to_the_bit() {
        let mut features = FeatureVector::missing();
        features.set(Feature::AmountLog, Some(0.1));
        features.set(Feature::SpeedKmh, Some(f64::NAN));
        let read = FeatureVector::from_bytes(FEATURE_SCHEMA_ID, &features.to_bytes()).unwrap();
        assert_eq!(read, features);
        assert_eq!((read.get(Feature::AmountLog), read.get(Feature::SpeedKmh)), (Some(0.1), None));
    }

    #[test]
    fn another_schema_length_or_an_infinity_is_refused() {
        let bytes = FeatureVector::missing().to_bytes();
        let read = |bytes: &[u8]| FeatureVector::from_bytes(FEATURE_SCHEMA_ID, bytes);
        for other in [FEATURE_SCHEMA_ID - 1, FEATURE_SCHEMA_ID + 1] {
            assert_eq!(FeatureVector::from_bytes(other, &bytes), Err(FeatureError::UnknownSchema(other)));
        }
        assert!(matches!(read(&bytes[1..]), Err(FeatureError::WrongLength { .. })));
        let mut infinite = bytes;
        infinite[..4].copy_from_slice(&f32::INFINITY.to_le_bytes());
        assert_eq!(read(&infinite), Err(FeatureError::Infinite("amount_log")));
    }

    #[test]
    fn there_is_one_nan() {
        let signalling = f32::from_bits(0x7f80_0001);
        assert_eq!(FeatureVector::from_values([signalling; N_FEATURES]), FeatureVector::missing());
        assert_eq!(FeatureVector::from_values([f32::INFINITY; N_FEATURES]), FeatureVector::missing());
    }
}
