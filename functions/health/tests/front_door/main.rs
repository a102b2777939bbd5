//! Health without a key, and who may call what of all functions together.

mod access;
mod health;
mod metrics;
