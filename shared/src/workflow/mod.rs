//! One function a use case. It owns the SQL transaction, and is the only place where detection and storage meet.

pub mod access;
pub mod accounts;
pub mod alerts;
pub mod attachments;
pub mod audit;
pub mod configuration;
pub mod context;
pub mod dashboard;
pub mod deliveries;
pub mod deployment;
pub mod engine;
mod entropy;
pub mod evidence;
pub mod explanation;
mod failure;
pub mod health;
pub mod idempotency;
pub mod ingest;
pub mod investigations;
pub mod keyring;
pub mod keys;
mod labelling;
pub mod labels;
pub mod lists;
pub mod metrics;
pub mod notes;
pub mod operations;
pub mod outbox;
pub mod previews;
pub mod profiles;
pub mod records;
pub mod replay;
#[cfg(feature = "train")]
pub mod retrain;
pub mod saved_views;
pub mod sessions;
pub mod sla;
pub mod snoozes;
#[cfg(feature = "train")]
mod system_alerts;
pub mod tuning;
pub mod verification;
pub mod webhooks;
mod withdrawal;
