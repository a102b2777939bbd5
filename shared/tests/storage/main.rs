//! What the database is held to: statements that prepare, rights, migrations.
#![expect(clippy::unwrap_used, reason = "a test ends where its footing gives way")]

mod allowed;
mod figures;
mod functions;
mod migrations;
mod rights;
mod samples;
mod statements;
