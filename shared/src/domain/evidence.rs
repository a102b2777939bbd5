//! The evidence bundle of one alert: sections of JSON, a manifest of their hashes, and a check that needs nothing else.
//!
//! What the check proves offline: that the text is the one that was made, byte by byte; that the audit events are one
//! unbroken chain from the first to the alert's head; that the alert says what the chain says; and, where an anchor is
//! in it, that this head is under the anchor's root. What it cannot prove alone is who made the bundle: whoever makes
//! everything anew makes it consistent. That is what the anchor's line is for, which stands outside the database.

mod agreement;
mod check;
mod sections;
mod text;

pub use check::{Checked, Finding, check};
pub use sections::{anchor_section, attachments_section, audit_section, notes_section};
pub use text::canonical;

use super::canonical::hexadecimal;
use super::ids::AlertId;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The layout; another one gets another word.
const FORMAT: &str = "telltale-evidence-1";

/// A bundle's sections by name, without the manifest.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    sections: BTreeMap<String, Value>,
}

impl Bundle {
    /// Begins a bundle with the section that says what it is.
    pub fn about(alert: AlertId, made_at: Timestamp) -> Self {
        let about = json!({
            "format": FORMAT,
            "alert_id": alert.to_string(),
            "made_at": made_at.to_string(),
        });
        Self { sections: BTreeMap::from([("about".to_owned(), about)]) }
    }

    /// Adds a section.
    #[must_use]
    pub fn with(mut self, name: &str, content: Value) -> Self {
        self.sections.insert(name.to_owned(), content);
        self
    }

    /// The bundle with its manifest: SHA-256 of each section's canonical text, in hexadecimal.
    pub fn seal(self) -> Value {
        let manifest: Map<String, Value> = self
            .sections
            .iter()
            .map(|(name, content)| (name.clone(), Value::from(fingerprint(content))))
            .collect();
        let sections: Map<String, Value> = self.sections.into_iter().collect();
        json!({"manifest": manifest, "sections": sections})
    }
}

/// SHA-256 of a value's canonical text, in hexadecimal.
fn fingerprint(content: &Value) -> String {
    hexadecimal(&Sha256::digest(canonical(content)))
}

#[cfg(test)]
mod tests;
