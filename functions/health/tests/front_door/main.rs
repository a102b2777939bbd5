//! Health without a key, and who may call what of all functions together.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod access;
mod health;
mod metrics;
