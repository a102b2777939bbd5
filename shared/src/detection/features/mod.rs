//! Features: named numbers derived from one transaction and the past known before it.
//!
//! Everything a layer may look at is here: what comes from a profile or a population baseline enters as a
//! feature. Extraction is causal (the past before the transaction) and exact to the bit on every machine:
//! logarithms and the like come from `libm`, sums have a fixed order, and each value is rounded to f32 once.
//! Not here: anything that judges a value.

mod account;
mod amounts;
mod catalogue;
mod counterparty;
mod extract;
mod labels;
mod place;
mod population;
#[cfg(test)]
mod tests;
mod vector;

pub use catalogue::{Feature, N_FEATURES};
pub use extract::{Past, extract};
pub(crate) use population::{Measured, set_population};
pub use vector::{FEATURE_SCHEMA_ID, FeatureError, FeatureVector};

/// Earlier transactions of an account below which its habits are not read.
pub(crate) const MIN_ACCOUNT_HISTORY: u32 = 5;
/// Earlier transactions of a counterparty below which its usual amount is not read.
pub(crate) const MIN_COUNTERPARTY_HISTORY: u32 = 20;
