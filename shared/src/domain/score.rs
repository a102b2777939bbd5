//! Scores and the weights that combine them.

use super::Invalid;

/// A finite score in [0, 1]; higher is more anomalous. Not a probability.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Score(f64);

impl Score {
    /// The least anomalous score.
    pub const ZERO: Self = Self(0.0);

    /// Takes a finite number in [0, 1].
    ///
    /// # Errors
    /// When it is NaN, infinite or outside [0, 1].
    pub fn try_new(value: f64) -> Result<Self, Invalid> {
        if (0.0..=1.0).contains(&value) {
            Ok(Self(value))
        } else {
            Err(Invalid(format!("score must be in [0, 1], not {value}")))
        }
    }

    /// The number.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// The weighted combination of the layers' scores, in [0, 1].
pub type RiskScore = Score;

/// A family of detectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// This transaction against the whole population.
    Statistical,
    /// This transaction against the account's own past, and the counterparty's.
    Behavioral,
    /// All features together.
    Ml,
}

impl Layer {
    /// All layers, in the order they are stored and shown.
    pub const ALL: [Self; 3] = [Self::Statistical, Self::Behavioral, Self::Ml];

    /// Reads the wire word.
    ///
    /// # Errors
    /// When it is none of the three words.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|layer| layer.as_str() == text)
            .ok_or_else(|| Invalid::new("must be statistical, behavioral or ml"))
    }

    /// The wire word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Statistical => "statistical",
            Self::Behavioral => "behavioral",
            Self::Ml => "ml",
        }
    }
}

/// How much each layer counts; each in [0, 1], together 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    statistical: f64,
    behavioral: f64,
    ml: f64,
}

impl Default for Weights {
    /// 0.25, 0.35, 0.40: behaviour and the model see more than one number, so they count for more.
    fn default() -> Self {
        Self { statistical: 0.25, behavioral: 0.35, ml: 0.40 }
    }
}

impl Weights {
    /// Takes three weights in [0, 1] that sum to 1 within 1e-9.
    ///
    /// # Errors
    /// When one is outside [0, 1] or the sum is not 1.
    pub fn try_new(statistical: f64, behavioral: f64, ml: f64) -> Result<Self, Invalid> {
        let parts = [statistical, behavioral, ml];
        let is_valid = parts.iter().all(|weight| (0.0..=1.0).contains(weight))
            && (parts.iter().sum::<f64>() - 1.0).abs() <= 1e-9;
        if is_valid {
            Ok(Self { statistical, behavioral, ml })
        } else {
            Err(Invalid(format!(
                "weights must be in [0, 1] and sum to 1, not {statistical} + {behavioral} + {ml}"
            )))
        }
    }

    /// The mean of the scores by weight, over the layers that scored; 0 where none did or none of those counts.
    pub fn combine(self, scores: [Option<Score>; 3]) -> RiskScore {
        let (mut sum, mut total_weight) = (0.0, 0.0);
        for (layer, score) in Layer::ALL.into_iter().zip(scores) {
            if let Some(score) = score {
                sum += self.of(layer) * score.value();
                total_weight += self.of(layer);
            }
        }
        if total_weight <= 0.0 {
            return RiskScore::ZERO;
        }
        // Rounding may leave the mean of ones a hair above 1.
        Score::try_new((sum / total_weight).clamp(0.0, 1.0)).unwrap_or(RiskScore::ZERO)
    }

    /// What a layer's score counts for, of those that scored; 0 of one that did not.
    pub fn share(self, layer: Layer, scores: [Option<Score>; 3]) -> f64 {
        let scored = Layer::ALL.into_iter().zip(scores).filter(|(_, score)| score.is_some());
        let total_weight: f64 = scored.clone().map(|(layer, _)| self.of(layer)).sum();
        let has_scored = scored.into_iter().any(|(scored, _)| scored == layer);
        if has_scored && total_weight > 0.0 { self.of(layer) / total_weight } else { 0.0 }
    }

    /// The weight of one layer.
    pub fn of(self, layer: Layer) -> f64 {
        match layer {
            Layer::Statistical => self.statistical,
            Layer::Behavioral => self.behavioral,
            Layer::Ml => self.ml,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_is_a_number_in_the_unit_interval() {
        assert!(Score::try_new(0.0).is_ok() && Score::try_new(1.0).is_ok());
        for value in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            assert!(Score::try_new(value).is_err(), "{value} was taken");
        }
    }

    #[test]
    fn weights_sum_to_one() {
        assert!(Weights::try_new(0.25, 0.35, 0.40).is_ok());
        assert!(Weights::try_new(0.25, 0.35, 0.50).is_err());
        assert!(Weights::try_new(-0.5, 0.5, 1.0).is_err());
        assert!(Weights::try_new(f64::NAN, 0.5, 0.5).is_err());
    }
}
