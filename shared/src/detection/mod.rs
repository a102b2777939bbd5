//! Detection: from a transaction and what was known before it to an assessment.
//!
//! The way through: `profile` remembers, `features` turns a transaction and its past into numbers, three
//! layers (`statistical`, `behavioral`, `ml`) judge those numbers alone, and `engine` combines the layers.
//! Features know nothing of layers, and layers nothing of profiles. Everything here is pure: no clock, no
//! storage, no unseeded random number, and the same input gives the same bits on every machine.

pub mod agreement;
pub mod attribution;
pub mod behavioral;
#[cfg(test)]
mod champions;
pub mod comparison;
pub mod counterfactual;
pub mod drift;
pub mod engine;
mod evidence;
pub mod features;
pub mod figures;
#[cfg(test)]
mod fixtures;
#[cfg(feature = "train")]
pub mod fusion;
pub mod layer;
pub mod ml;
pub mod population;
pub mod portrait;
pub mod profile;
#[cfg(test)]
mod reproducibility;
pub mod robust;
pub mod scale;
pub mod scales;
#[cfg(test)]
mod scenarios;
pub mod similarity;
pub mod statistical;
pub mod stream;
