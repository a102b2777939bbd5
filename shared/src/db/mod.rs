//! SQL and no policy: one file a table, statements as constants above the function that uses them.
//!
//! Functions take a client and never begin a transaction; `workflow` owns those. Statements go out by
//! `query_typed`, in one message and without a named prepared statement, so that a transaction pooler can
//! stand between.

pub mod access;
pub mod accounts;
pub mod alert_queue;
pub mod alerts;
pub mod assessments;
pub mod audit;
pub mod configurations;
pub mod connection;
pub mod counterparties;
pub mod endpoint;
pub mod error;
pub mod ingest_keys;
pub mod labels;
pub mod lessons;
pub mod migrations;
pub mod models;
pub mod partitions;
#[cfg(feature = "aws")]
pub mod token;
pub mod transactions;
mod trust;
