//! Whether the layers agree: which of them would have raised an alert alone, and how to say it.
//!
//! It judges nothing: the scores are what they are, and on the common scale 0.5 means the same for each layer.

use crate::domain::score::{Layer, Score};

/// On the common scale: from here on a layer would raise an alert alone.
const WOULD_ALERT_ALONE: f64 = 0.5;

/// Which layers would have raised an alert alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// In the order of [`Layer::ALL`].
    pub layers: Vec<Layer>,
    /// How many layers scored, 0 to 3.
    pub n_scored: usize,
    /// The same in a sentence without its full stop.
    pub text: String,
}

impl Agreement {
    /// Compares the layers' scores, in the order of [`Layer::ALL`]; none where a layer did not score.
    pub fn of(scores: [Option<Score>; 3]) -> Self {
        let would_alert = |score: &Option<Score>| score.is_some_and(|it| it.value() >= WOULD_ALERT_ALONE);
        let scored = Layer::ALL.into_iter().zip(scores);
        let layers: Vec<Layer> =
            scored.filter(|(_, score)| would_alert(score)).map(|(layer, _)| layer).collect();
        let n_scored = scores.iter().flatten().count();
        let text = sentence(&layers, n_scored);
        Self { layers, n_scored, text }
    }
}

fn sentence(layers: &[Layer], n_scored: usize) -> String {
    let names = layers.iter().map(|layer| layer.as_str()).collect::<Vec<_>>().join(", ");
    let scored = if n_scored == 1 { "the one layer".to_owned() } else { format!("the {n_scored} layers") };
    match (layers.len(), n_scored) {
        (_, 0) => "no layer scored".to_owned(),
        (0, 1) => "the one layer that scored would not have raised an alert alone".to_owned(),
        (0, _) => format!("none of {scored} that scored would have raised an alert alone"),
        (1, 1) => format!("the one layer that scored would have raised an alert alone: {names}"),
        (all, _) if all == n_scored => {
            format!("all of {scored} that scored would have raised an alert alone: {names}")
        }
        (some, _) => format!("{some} of {scored} that scored would have raised an alert alone: {names}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(scores: [Option<f64>; 3]) -> String {
        Agreement::of(scores.map(|score| score.map(|it| Score::try_new(it).unwrap()))).text
    }

    #[test]
    fn agreement_is_said_in_words() {
        let cases = [
            ([None, None, None], "no layer scored"),
            ([None, Some(0.49), None], "the one layer that scored would not have raised an alert alone"),
            (
                [None, Some(0.5), None],
                "the one layer that scored would have raised an alert alone: behavioral",
            ),
            (
                [Some(0.1), Some(0.2), None],
                "none of the 2 layers that scored would have raised an alert alone",
            ),
            (
                [Some(0.1), Some(0.9), Some(0.6)],
                "2 of the 3 layers that scored would have raised an alert alone: behavioral, ml",
            ),
            (
                [Some(0.5), None, Some(0.6)],
                "all of the 2 layers that scored would have raised an alert alone: statistical, ml",
            ),
        ];
        for (scores, expected) in cases {
            assert_eq!(text(scores), expected);
        }
    }
}
