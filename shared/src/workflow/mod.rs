//! One function a use case. It owns the SQL transaction, and is the only place where detection and storage meet.

pub mod access;
pub mod accounts;
pub mod alerts;
pub mod audit;
pub mod configuration;
pub mod context;
pub mod deployment;
pub mod engine;
mod entropy;
pub mod explanation;
mod failure;
pub mod health;
pub mod ingest;
pub mod investigations;
pub mod keys;
pub mod labels;
pub mod metrics;
pub mod profiles;
pub mod records;
pub mod replay;
#[cfg(feature = "train")]
pub mod retrain;
