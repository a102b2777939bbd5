//! What tests stand on: a fresh database each, a caller of routers, builders with sensible defaults, a TCP
//! proxy that counts and breaks, a Runtime API and its events. Compiled for tests only.
#![expect(clippy::expect_used, reason = "a test's footing ends the test when it gives way")]

pub mod alerting;
pub mod app;
pub mod artifacts;
pub mod audit_trail;
pub mod builders;
pub mod certificates;
pub mod database;
pub mod events;
pub mod history;
pub mod iam_proxy;
pub mod iam_token;
pub mod pgbouncer;
pub mod profiles;
pub mod proxy;
pub mod runtime_api;
