//! SQL and no policy: one file a table, statements as constants above the function that uses them.
//!
//! Functions take a client and never begin a transaction; `workflow` owns those. Statements go out by
//! `query_typed`, in one message and without a named prepared statement, so that a transaction pooler can
//! stand between.

pub mod access;
pub mod account_pages;
pub mod accounts;
mod alert_filter;
pub mod alert_next;
mod alert_orders;
pub mod alert_queue;
pub mod alert_schedule;
pub mod alerts;
pub mod anchors;
pub mod assessments;
pub mod assignees;
pub mod attachments;
pub mod audit;
pub mod audit_chains;
pub mod audit_pages;
pub mod configurations;
pub mod connection;
pub mod context;
pub mod counterparties;
pub mod dashboard;
pub mod deliveries;
pub mod endpoint;
pub mod error;
pub mod figures;
pub mod folded;
pub mod idempotency;
pub mod ingest_keys;
pub mod keys;
pub mod label_pages;
pub mod labels;
pub mod lessons;
pub mod lists;
pub mod migrations;
pub mod models;
pub mod noise;
pub mod notes;
pub mod operations;
pub mod outbox;
pub mod partitions;
pub mod previews;
pub mod raised_alerts;
pub mod rate_counters;
pub mod related_alerts;
pub mod saved_views;
pub mod sessions;
pub mod snapshots;
pub mod snoozes;
pub mod stored_decision;
#[cfg(feature = "aws")]
mod token;
pub mod transaction_pages;
pub mod transactions;
mod trust;
pub mod waits;
pub mod webhooks;
