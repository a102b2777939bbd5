//! Whether a bundle is what was made, from its bytes alone.

use super::agreement;
use super::sections::{read_anchor, read_attachments, read_audit, read_notes};
use super::{FORMAT, canonical, fingerprint};
use crate::domain::audit::anchor::{Anchor, ToldAnchor};
use crate::domain::audit::told_attachments::ToldAttachments;
use crate::domain::audit::told_notes::ToldNotes;
use crate::domain::audit::verify::ChainWalk;
use crate::domain::audit::{ChainHead, StoredEvent};
use serde_json::{Map, Value};
use std::fmt;

/// Sections without which a bundle answers nothing. `attachments` is none of them: a bundle of an alert without files may
/// have been made before there were any.
const NEEDED: [&str; 11] = [
    "about",
    "alert",
    "anchor",
    "answers",
    "assessments",
    "audit",
    "configurations",
    "labels",
    "models",
    "notes",
    "transactions",
];

/// One thing that is wrong: in which section, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The section, or `bundle` for what stands outside of all.
    pub section: String,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.section, self.what)
    }
}

/// What a bundle was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The alert.
    pub alert_id: String,
    /// Where its chain ends.
    pub head: ChainHead,
    /// The anchor that covers the chain, and how many of its events.
    pub anchor: Option<(Anchor, i64)>,
    /// Whether the anchor is one of those told by the log; none where no log was at hand.
    pub is_told: Option<bool>,
}

/// Checks a bundle's bytes; `told` are the anchors of the log outside the database, where it is at hand.
///
/// # Errors
/// Everything that is wrong, each with its section.
pub fn check(bytes: &[u8], told: Option<&[ToldAnchor]>) -> Result<Checked, Vec<Finding>> {
    let bundle: Value = serde_json::from_slice(bytes.trim_ascii_end())
        .map_err(|error| vec![finding("bundle", format!("it is not JSON any more: {error}"))])?;
    let empty = Map::new();
    let [sections, manifest] =
        ["sections", "manifest"].map(|name| bundle[name].as_object().unwrap_or(&empty));
    let mut found = in_manifest(sections, manifest);
    if found.is_empty() {
        found.extend(in_text(bytes.trim_ascii_end(), &bundle));
    }
    if bundle["sections"]["about"]["format"] != FORMAT {
        found.push(finding("about", format!("its format is not {FORMAT}")));
    }
    let (checked, more) = in_chain(&bundle["sections"], told);
    found.extend(more);
    found.extend(agreement::findings(&bundle["sections"]));
    found.extend(in_notes(&bundle["sections"]));
    found.extend(in_attachments(&bundle["sections"]));
    match checked {
        Some(checked) if found.is_empty() => Ok(checked),
        _ => Err(found),
    }
}

pub(super) fn finding(section: &str, what: impl Into<String>) -> Finding {
    Finding { section: section.to_owned(), what: what.into() }
}

/// Sections whose hash is another, that are missing, or that the manifest does not know.
fn in_manifest(sections: &Map<String, Value>, manifest: &Map<String, Value>) -> Vec<Finding> {
    let needed = NEEDED.into_iter().filter(|name| !sections.contains_key(*name));
    let mut found: Vec<Finding> = needed.map(|name| finding(name, "the section is missing")).collect();
    for (name, content) in sections {
        match manifest.get(name) {
            None => found.push(finding(name, "the manifest does not know the section")),
            Some(hash) if *hash != fingerprint(content) => {
                found.push(finding(name, "its SHA-256 is not the one in the manifest"));
            }
            Some(_) => {}
        }
    }
    for name in manifest.keys().filter(|name| !sections.contains_key(*name)) {
        found.push(finding(name, "the manifest knows a section that is not there"));
    }
    found
}

/// The same content written down otherwise: spaces, an order, another spelling of a number.
fn in_text(bytes: &[u8], bundle: &Value) -> Option<Finding> {
    let text = canonical(bundle);
    if text.as_bytes() == bytes {
        return None;
    }
    let same = text.bytes().zip(bytes).take_while(|(one, other)| one == *other).count();
    Some(finding("bundle", format!("from byte {same} on it is not written as it was made")))
}

/// The audit chain and its anchor.
fn in_chain(sections: &Value, told: Option<&[ToldAnchor]>) -> (Option<Checked>, Vec<Finding>) {
    let Some((chain, head, events)) = read_audit(&sections["audit"]) else {
        return (None, vec![finding("audit", "it does not hold audit events")]);
    };
    let mut found: Vec<Finding> = walk(&chain, head, &events).into_iter().collect();
    let alert_id = sections["about"]["alert_id"].as_str().unwrap_or_default().to_owned();
    if chain != format!("alert:{alert_id}") {
        found.push(finding("audit", format!("its chain {chain} is not that of the alert {alert_id}")));
    }
    let (anchor, is_told) = match in_anchor(&sections["anchor"], &events, (&chain, told)) {
        Ok(anchored) => anchored,
        Err(wrong) => {
            found.push(wrong);
            (None, None)
        }
    };
    (Some(Checked { alert_id, head, anchor, is_told }), found)
}

/// Every event from the first to the head, and none beyond.
fn walk(chain: &str, head: ChainHead, events: &[StoredEvent]) -> Option<Finding> {
    let mut walk = ChainWalk::begin(chain.to_owned(), head);
    let stepped = events.iter().try_for_each(|event| walk.step(event));
    match stepped.and_then(|()| walk.end()) {
        Err(fault) => Some(finding("audit", format!("event {}: {}", fault.sequence, fault.difference))),
        Ok(reached) if reached != head => Some(finding("audit", "its events go beyond its head")),
        Ok(_) => None,
    }
}

/// Notes that are not what the audit events tell of.
fn in_notes(sections: &Value) -> Vec<Finding> {
    let Some((chain, _, events)) = read_audit(&sections["audit"]) else {
        return Vec::new();
    };
    let Some(notes) = read_notes(&sections["notes"]) else {
        return vec![finding("notes", "it does not hold notes")];
    };
    let mut told = ToldNotes::default();
    for event in &events {
        told.add(&chain, event);
    }
    let changed = notes.iter().filter_map(|note| told.check(note).err());
    let faults = changed.chain(told.missing(&notes));
    faults.map(|fault| finding("notes", fault.difference.to_string())).collect()
}

/// Files that are not what the audit events tell of, erased or not.
fn in_attachments(sections: &Value) -> Vec<Finding> {
    let Some((chain, _, events)) = read_audit(&sections["audit"]) else {
        return Vec::new();
    };
    let Some(attachments) = read_attachments(&sections["attachments"]) else {
        return vec![finding("attachments", "it does not hold attachments")];
    };
    let told = ToldAttachments::of(&chain, &events);
    let changed = attachments.iter().filter_map(|it| told.check(it).err());
    let faults = changed.chain(told.missing(&attachments));
    faults.map(|fault| finding("attachments", fault.difference.to_string())).collect()
}

type Anchored = (Option<(Anchor, i64)>, Option<bool>);

fn in_anchor(
    section: &Value,
    events: &[StoredEvent],
    (chain, told): (&str, Option<&[ToldAnchor]>),
) -> Result<Anchored, Finding> {
    if section.is_null() {
        return Ok((None, told.map(|_| false)));
    }
    let inclusion = read_anchor(section).ok_or_else(|| finding("anchor", "it does not hold an anchor"))?;
    inclusion.check().map_err(|fault| finding("anchor", fault.difference.to_string()))?;
    let covered = inclusion.leaf.head;
    let is_covered = inclusion.leaf.chain == chain
        && events.iter().any(|event| event.sequence == covered.sequence && event.hash == covered.hash);
    if !is_covered {
        return Err(finding("anchor", "it covers an event that is not among the audit events"));
    }
    let anchor = inclusion.anchor;
    let is_told = match told.map(|told| told.iter().find(|told| told.number == anchor.number)) {
        None => None,
        Some(None) => Some(false),
        Some(Some(told)) if told.hash == anchor.hash => Some(true),
        Some(Some(_)) => return Err(finding("anchor", "the log tells another anchor of this number")),
    };
    Ok((Some((anchor, covered.sequence)), is_told))
}
