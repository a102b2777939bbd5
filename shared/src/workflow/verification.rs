//! Verifying the audit trail as it is stored: every chain from its first event, the heads on the owning rows, the
//! anchors. A page at a time, however much there is, and while others write.

mod anchors;
mod chains;
mod files;

pub use anchors::read_told;
pub(super) use anchors::verify_anchors;
pub(super) use chains::{verify_chains, verify_heads};

use crate::db::audit_chains;
use crate::domain::audit::anchor::ToldAnchor;
use crate::domain::audit::verify::Fault;
use crate::error::Error;
use crate::state::AppState;
use std::collections::BTreeSet;
use tokio_postgres::Client;
use uuid::Uuid;

/// Chains that are walked together.
pub(super) const CHAINS: i64 = 200;
/// Faults that are kept; more are only counted.
const MOST_FAULTS: usize = 1_000;

/// What was verified, and what is wrong.
#[derive(Debug, Default)]
pub struct Verified {
    /// Chains walked.
    pub n_chains: u64,
    /// Their events.
    pub n_events: u64,
    /// Anchors held to the heads that they cover.
    pub n_anchors: u64,
    /// Files held to what the events tell of them.
    pub n_files: u64,
    /// How much is in those whose content is there.
    pub n_file_bytes: u64,
    /// The first fault of each chain, in the order found; at most 1,000.
    pub faults: Vec<Fault>,
    broken: BTreeSet<String>,
}

impl Verified {
    /// Chains with a fault.
    pub fn broken(&self) -> &BTreeSet<String> {
        &self.broken
    }

    /// Takes a fault, where there is one.
    fn note_any(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.note(fault);
        }
    }

    /// Takes a fault, unless one of the same chain is known.
    fn note(&mut self, fault: Fault) {
        let is_new = !self.broken.contains(&fault.chain);
        if is_new {
            self.broken.insert(fault.chain.clone());
        }
        if is_new && self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }
}

/// Verifies everything there is. `told` are anchors from the log outside the database, if they are at hand.
///
/// # Errors
/// When the database does not answer.
pub async fn verify(state: &AppState, told: &[ToldAnchor]) -> Result<Verified, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut verified = Verified::default();
    let mut after = String::new();
    loop {
        let chains = audit_chains::after(client, &after, CHAINS).await?;
        let Some(last) = chains.last() else { break };
        after.clone_from(last);
        verify_chains(client, &chains, &mut verified).await?;
    }
    verify_all_heads(client, &mut verified).await?;
    verify_anchors(client, (0, i64::MAX), (told, &mut verified)).await?;
    Ok(verified)
}

async fn verify_all_heads(client: &Client, verified: &mut Verified) -> Result<(), Error> {
    let mut after = Some(Uuid::nil());
    while let Some(from) = after {
        after = verify_heads(client, from, verified).await?;
    }
    Ok(())
}
