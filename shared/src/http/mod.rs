//! HTTP: extract, present, and map errors. No SQL, no scoring.

pub mod alert;
pub mod clock;
pub mod error;
pub mod extract;
pub mod fields;
pub mod idempotency;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod layers;
pub mod listing;
pub mod measure;
pub mod pagination;
pub mod parameters;
pub mod precondition;
pub mod present;
pub mod rate;
pub mod routes;
pub mod sealing;
pub mod session;
pub mod transaction;
pub mod words;
