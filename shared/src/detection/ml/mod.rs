//! The ml layer: all features together, judged by a trained model.
//!
//! The model is an isolation forest of our own until there are labels enough, then a forest grown on them:
//! seeded, explained feature by feature, stored as bytes. The layer knows feature vectors and models; where models come from and which is champion is not its concern.

mod artifact;
pub mod forest;
mod inputs;
pub mod isolation;
mod isolation_model;
#[cfg(test)]
mod isolation_reference;
mod layer;
#[cfg(feature = "train")]
mod learn;
pub mod probability;
mod supervised;
mod train;

pub use artifact::{MlModel, ModelError};
pub use layer::{Contributions, MlLayer};
#[cfg(feature = "train")]
pub use learn::{LearnError, Learned, Lesson, MIN_DAYS, MIN_FRAUDS};
pub use train::{MIN_TRAINING_ROWS, TrainError};
