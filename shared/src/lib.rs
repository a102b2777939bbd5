//! Everything the functions share: the rules of the domain, detection, use cases, storage and HTTP.
//!
//! Read `docs/ARCHITECTURE.md` first: it says which module may use which, and walks one transaction
//! from the HTTP request to the alert. `domain` and `detection` are pure; the tidy test holds them to it.

#[cfg(feature = "aws")]
pub mod aws;
pub mod config;
pub mod db;
pub mod detection;
pub mod domain;
pub mod error;
pub mod http;
pub mod state;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod workflow;
