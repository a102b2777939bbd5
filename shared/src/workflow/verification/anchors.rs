//! Anchors: that each follows the one before, covers the heads that it names, and is the one that was told.

use super::Verified;
use crate::db::anchors;
use crate::domain::audit::AuditHash;
use crate::domain::audit::anchor::{ANCHORED, Anchor, ToldAnchor};
use crate::domain::audit::verify::{Difference, Fault};
use crate::error::Error;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::Client;

/// Anchors read at once; their heads are read anchor by anchor.
const ANCHORS: i64 = 100;
/// Heads that one anchor misses and that are named.
const UNFOUND: i64 = 100;

/// Verifies at most `n` anchors from the one of this number on. `told` counts for all there are. Answers the number of
/// the last one that was read and is whole together with those before it.
///
/// # Errors
/// When the database does not answer.
pub(in crate::workflow) async fn verify_anchors(
    client: &Client,
    (from, n): (i64, i64),
    (told, verified): (&[ToldAnchor], &mut Verified),
) -> Result<i64, Error> {
    let mut told: BTreeMap<i64, ToldAnchor> = told.iter().map(|told| (told.number, *told)).collect();
    let mut previous = anchors::after(client, from - 1, 1).await?.into_iter().find(|it| it.number == from);
    let (mut left, mut whole) = (n, from);
    loop {
        let after = previous.as_ref().map_or(from, |anchor| anchor.number);
        let page = anchors::after(client, after, left.min(ANCHORS)).await?;
        if page.is_empty() {
            break;
        }
        left -= i64::try_from(page.len()).unwrap_or(left);
        for anchor in page {
            let n_before = verified.faults.len();
            let told = told.remove(&anchor.number);
            verify_one(client, (&anchor, previous.as_ref()), (told, verified)).await?;
            if verified.faults.len() == n_before && whole + 1 == anchor.number {
                whole = anchor.number;
            }
            previous = Some(anchor);
        }
    }
    // What was told and was not read is gone, unless it lies outside the span.
    for told in told.into_values().filter(|told| n == i64::MAX && told.number > from) {
        verified.note_any(told.check(None).err());
    }
    Ok(whole)
}

async fn verify_one(
    client: &Client,
    (anchor, previous): (&Anchor, Option<&Anchor>),
    (told, verified): (Option<ToldAnchor>, &mut Verified),
) -> Result<(), Error> {
    verified.n_anchors += 1;
    let leaves = anchors::leaves(client, anchor.number).await?;
    let checks = [
        anchor.check(previous),
        told.map_or(Ok(()), |told| told.check(Some(anchor))),
        anchor.check_leaves(&leaves),
    ];
    verified.note_any(checks.into_iter().find_map(Result::err));
    for leaf in anchors::unfound(client, anchor.number, UNFOUND).await? {
        let difference = Difference::Anchored(anchor.number);
        verified.note(Fault { chain: leaf.chain, sequence: leaf.head.sequence, difference });
    }
    Ok(())
}

/// Reads the anchors out of a log: lines of JSON, of which those count whose `event` is `audit_anchored`. Any other line
/// is passed over.
///
/// # Errors
/// The number of a line that tells an anchor and cannot be read.
pub fn read_told(text: &str) -> Result<Vec<ToldAnchor>, String> {
    let lines = text.lines().enumerate().filter_map(|(index, line)| {
        let line: Value = serde_json::from_str(line.trim()).ok()?;
        (line["event"] == ANCHORED).then_some((index + 1, line))
    });
    lines
        .map(|(number, line)| {
            told_by(&line).ok_or_else(|| {
                format!("line {number} tells an anchor without a number and a hash of 32 bytes in base64")
            })
        })
        .collect()
}

fn told_by(line: &Value) -> Option<ToldAnchor> {
    let hash: AuditHash = STANDARD.decode(line["hash"].as_str()?).ok()?.try_into().ok()?;
    Some(ToldAnchor { number: line["number"].as_i64()?, hash })
}
