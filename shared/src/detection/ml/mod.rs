//! The ml layer: all features together, judged by a trained model.
//!
//! The model is an isolation forest of our own: seeded, explained feature by feature, stored as bytes. The
//! layer knows feature vectors and models; where models come from and which is champion is not its concern.

mod artifact;
mod calibration;
mod inputs;
pub mod isolation;
#[cfg(test)]
mod isolation_reference;
mod layer;
mod train;

pub use artifact::{MlModel, ModelError};
pub use layer::MlLayer;
pub use train::{MIN_TRAINING_ROWS, TrainError};
