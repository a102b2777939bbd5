//! What tests stand on: a fresh database each, a caller of routers, builders with sensible defaults, a TCP
//! proxy that counts and breaks, a Runtime API. Compiled for tests only.
#![expect(clippy::expect_used, reason = "a test's footing ends the test when it gives way")]

pub mod app;
pub mod builders;
pub mod database;
pub mod pgbouncer;
pub mod proxy;
pub mod runtime_api;
