//! The supervised forest: trees grown by smartcore on 0/1 targets, compiled to flat arrays.
//!
//! What lives here: training (`train`), growing on several threads (`grow`), reading the grown trees
//! (`grown`), the compiled forest (`compiled`), its bytes (`stored`), and the two attributions of a score to
//! features (`paths`, `shapley`). What grows stands behind the feature `train`; a compiled forest needs no library. It knows rows of `f32` without gaps and 0/1 targets. Imputing, names of
//! features, calibration and the layer live elsewhere.

mod compiled;
#[cfg(test)]
mod fixtures;
#[cfg(feature = "train")]
mod grow;
#[cfg(feature = "train")]
mod grown;
mod paths;
#[cfg(feature = "train")]
mod settings;
mod shapley;
#[cfg(test)]
mod shapley_reference;
mod stored;
#[cfg(feature = "train")]
mod train;

pub use compiled::Forest;
#[cfg(feature = "train")]
pub use settings::{ForestError, ForestSettings, Kind};
