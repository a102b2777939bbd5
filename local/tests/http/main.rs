//! The client and the commands that use it, over real HTTP on the loopback interface.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod api;
mod audit;
mod client;
mod deployment;
mod moving;
mod replay;
mod secure;
mod seed;
mod smoke;
mod verify_decision;
mod walk;
