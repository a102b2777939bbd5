//! The supervised forest: trees grown by smartcore on 0/1 targets, compiled to flat arrays.
//!
//! What lives here: training (`train`), growing on several threads (`grow`), reading the grown trees
//! (`grown`), the compiled forest (`compiled`), its bytes (`stored`), and the two attributions of a score to
//! features (`paths`, `shapley`). It knows rows of `f32` without gaps and 0/1 targets. Imputing, names of
//! features, calibration and the layer live elsewhere.

mod compiled;
#[cfg(test)]
mod fixtures;
mod grow;
mod grown;
mod paths;
mod settings;
mod shapley;
#[cfg(test)]
mod shapley_reference;
mod stored;
mod train;

pub use compiled::Forest;
pub use settings::{ForestError, ForestSettings, Kind};
