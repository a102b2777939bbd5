//! Chains and the heads on the rows that own them.

use super::Verified;
use super::files::verify_files;
use crate::db::{anchors, attachments, audit_chains, notes};
use crate::domain::audit::told_attachments::ToldAttachments;
use crate::domain::audit::told_notes::ToldNotes;
use crate::domain::audit::verify::{ChainWalk, Difference, Fault};
use crate::domain::audit::{ChainHead, StoredEvent};
use crate::error::Error;
use std::collections::HashMap;
use tokio_postgres::Client;
use uuid::Uuid;

/// Events held at once.
const EVENTS: i64 = 1_000;
/// Owning rows held at once.
const OWNERS: i64 = 2_000;

/// Walks these chains from their first events, holds each to its head, to the notes and files that it tells of, and to
/// the anchors that cover it.
///
/// A chain may grow meanwhile. Heads are read before events, so that an event that a head names must be there; and a
/// head is read again where events lie beyond it. So are notes and files, which the events that tell of them
/// follow.
///
/// # Errors
/// When the database does not answer.
pub(in crate::workflow) async fn verify_chains(
    client: &Client,
    chains: &[String],
    verified: &mut Verified,
) -> Result<(), Error> {
    let alerts = audit_chains::alerts_of(chains);
    let notes = notes::of_alerts(client, &alerts).await?;
    let files = attachments::of_alerts(client, &alerts).await?;
    let mut walks = Walks { heads: audit_chains::heads(client, chains).await?, ..Walks::default() };
    let mut after = (String::new(), 0);
    loop {
        let page = audit_chains::events(client, chains, (&after.0, after.1), EVENTS).await?;
        let Some((chain, last)) = page.last() else { break };
        after = (chain.clone(), last.sequence);
        for (chain, event) in &page {
            verified.n_events += 1;
            walks.step(chain, event, verified);
        }
    }
    walks.end_open(verified);
    for fault in notes.iter().filter_map(|note| walks.notes.check(note).err()) {
        verified.note(fault);
    }
    if !walks.notes.missing(&notes).is_empty() {
        // Written since the notes were read, or gone.
        for fault in walks.notes.missing(&notes::of_alerts(client, &alerts).await?) {
            verified.note(fault);
        }
    }
    verify_files(client, (&alerts, &files), (&walks.attachments, verified)).await?;
    for fault in beyond_heads(client, &walks.grown).await? {
        verified.note(fault);
    }
    for (number, leaf) in anchors::unfound_of(client, chains).await? {
        let difference = Difference::Anchored(number);
        verified.note(Fault { chain: leaf.chain, sequence: leaf.head.sequence, difference });
    }
    Ok(())
}

/// Those of the chains whose heads, read again, still do not reach as far as their events.
async fn beyond_heads(client: &Client, grown: &[(String, ChainHead)]) -> Result<Vec<Fault>, Error> {
    if grown.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = grown.iter().map(|(chain, _)| chain.clone()).collect();
    let heads = audit_chains::heads(client, &names).await?;
    let short = grown.iter().filter_map(|(chain, reached)| {
        let head = heads.get(chain).copied().unwrap_or_default();
        let is_short = head.sequence < reached.sequence;
        is_short.then(|| Fault {
            chain: chain.clone(),
            sequence: head.sequence + 1,
            difference: Difference::BeyondHead,
        })
    });
    Ok(short.collect())
}

/// Walks over chains whose events come one chain after the other.
#[derive(Default)]
struct Walks {
    heads: HashMap<String, ChainHead>,
    /// The chain whose events are coming.
    open: Option<ChainWalk>,
    /// The chain whose other events are passed over: something is wrong with it.
    broken: Option<String>,
    /// Chains whose events go further than their heads did.
    grown: Vec<(String, ChainHead)>,
    /// The notes that the events tell of.
    notes: ToldNotes,
    /// The files that the events tell of.
    attachments: ToldAttachments,
}

impl Walks {
    fn step(&mut self, chain: &str, event: &StoredEvent, verified: &mut Verified) {
        if self.broken.as_deref() == Some(chain) {
            return;
        }
        if self.open.as_ref().is_none_or(|walk| walk.chain() != chain) {
            self.end_open(verified);
            verified.n_chains += 1;
            self.open = self.heads.get(chain).map(|head| ChainWalk::begin(chain.to_owned(), *head));
        }
        let stepped = self.open.as_mut().map_or_else(
            || {
                let difference = Difference::Unowned;
                Err(Fault { chain: chain.to_owned(), sequence: event.sequence, difference })
            },
            |walk| walk.step(event),
        );
        self.notes.add(chain, event);
        self.attachments.add(chain, event);
        if let Err(fault) = stepped {
            verified.note(fault);
            self.open = None;
            self.broken = Some(chain.to_owned());
        }
    }

    fn end_open(&mut self, verified: &mut Verified) {
        let Some(walk) = self.open.take() else { return };
        let chain = walk.chain().to_owned();
        match walk.end() {
            Err(fault) => verified.note(fault),
            Ok(reached) => {
                if self.heads.get(&chain).is_some_and(|head| head.sequence < reached.sequence) {
                    self.grown.push((chain, reached));
                }
            }
        }
    }
}

/// Looks whether the events are there that heads name: a page of alerts by id from after `after`, and the few heads
/// that stand in rows of their own. Answers where the next page begins; none behind the last.
///
/// # Errors
/// When the database does not answer.
pub(in crate::workflow) async fn verify_heads(
    client: &Client,
    after: Uuid,
    verified: &mut Verified,
) -> Result<Option<Uuid>, Error> {
    let (heads, next) = audit_chains::of_alerts(client, after, OWNERS).await?;
    let named = audit_chains::named(client).await?;
    for head in heads.into_iter().chain(named).filter(|head| !head.is_there) {
        verified.note(Fault { chain: head.chain, sequence: head.sequence, difference: Difference::Missing });
    }
    Ok(next)
}
