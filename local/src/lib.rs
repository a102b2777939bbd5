//! The command-line tool `telltale`: what a person or a script runs beside the functions.
//!
//! What lives here: the client of the HTTP API, the replay of a labelled CSV file, the synthetic history
//! that a fresh database starts with, and the commands. What does not: scoring, SQL and routes, which
//! belong to `shared` and the functions. Nothing here is ever deployed.

pub mod anchors;
pub mod client;
pub mod commands;
pub mod console;
pub mod costs;
pub mod delivery;
pub mod evaluate;
pub mod keys;
pub mod mapping;
pub mod openapi;
pub mod page;
pub mod replay;
pub mod seed;
pub mod serve;
pub mod smoke;
pub mod timeline;
pub mod webhooks;
pub mod wire;
