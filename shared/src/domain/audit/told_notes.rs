//! Notes as an alert's audit events tell of them: the text stands in the note, its hash in the event.

use super::StoredEvent;
use super::verify::{Difference, Fault};
use crate::domain::canonical::hexadecimal;
use crate::domain::ids::NoteId;
use crate::domain::note::Note;
use std::collections::BTreeMap;

/// Which version of which note.
pub type NoteVersion = (NoteId, i64);

/// The notes that events tell of, each with the event's place and the hash that it names.
#[derive(Debug, Clone, Default)]
pub struct ToldNotes(BTreeMap<NoteVersion, (String, i64, String)>);

impl ToldNotes {
    /// Takes what an event tells; most tell of no note.
    pub fn add(&mut self, chain: &str, event: &StoredEvent) {
        let after = &event.after;
        let told = after["note_id"].as_str().and_then(|id| NoteId::parse(id).ok());
        if let (Some(id), Some(version), Some(hash)) =
            (told, after["version"].as_i64(), after["hash"].as_str())
        {
            self.0.insert((id, version), (chain.to_owned(), event.sequence, hash.to_owned()));
        }
    }

    /// Whether an event tells of this note.
    pub fn has(&self, note: &Note) -> bool {
        self.0.contains_key(&(note.id, note.version))
    }

    /// Whether a stored note is the one that its event tells of.
    ///
    /// # Errors
    /// When it is another, or no event tells of it.
    pub fn check(&self, note: &Note) -> Result<(), Fault> {
        let name = name_of((note.id, note.version));
        match self.0.get(&(note.id, note.version)) {
            Some((_, _, hash)) if *hash == hexadecimal(&note.hash()) => Ok(()),
            Some((chain, sequence, _)) => Err(Fault {
                chain: chain.clone(),
                sequence: *sequence,
                difference: Difference::NoteChanged(name),
            }),
            None => Err(Fault {
                chain: format!("alert:{}", note.alert),
                sequence: 0,
                difference: Difference::NoteUntold(name),
            }),
        }
    }

    /// The faults of what is told of and is not among these notes.
    pub fn missing(&self, stored: &[Note]) -> Vec<Fault> {
        let is_stored = |told: &NoteVersion| stored.iter().any(|note| (note.id, note.version) == *told);
        let missing = self.0.iter().filter(|(told, _)| !is_stored(told));
        missing
            .map(|(told, (chain, sequence, _))| Fault {
                chain: chain.clone(),
                sequence: *sequence,
                difference: Difference::NoteMissing(name_of(*told)),
            })
            .collect()
    }
}

fn name_of((id, version): NoteVersion) -> String {
    format!("version {version} of the note {id}")
}
