//! What the moves answer, beside the alert itself.

pub(crate) mod attachment;
mod operation;
pub(crate) mod view;

pub(crate) use operation::{OperationOut, OperationsOut};

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::canonical::hexadecimal;
use shared::domain::note::Note;
use shared::http::alert::AlertOut;
use shared::workflow::investigations::Decided;
use utoipa::{IntoParams, ToSchema};

/// An alert after its decision.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DecidedAlert)]
pub(crate) struct DecidedOut {
    #[serde(flatten)]
    alert: AlertOut,
    /// How many of its transactions the decision labels; at most the oldest 10,000, and none while it awaits approval.
    labelled: usize,
}

impl From<&Decided> for DecidedOut {
    fn from(decided: &Decided) -> Self {
        Self { alert: AlertOut::from(&decided.alert), labelled: decided.n_labelled }
    }
}

/// One version of a note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub(crate) struct NoteOut {
    /// `nte_` and a UUID, the same for all versions.
    id: String,
    alert_id: String,
    /// What an edit names in `If-Match`; the same as the `ETag`.
    version: i64,
    /// The key that wrote it.
    author: String,
    text: String,
    written_at: Timestamp,
    /// SHA-256 in hexadecimal, as in the audit event of the writing.
    hash: String,
}

/// A page of notes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NotePage)]
pub(crate) struct NotesOut {
    pub(crate) notes: Vec<NoteOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

/// A note's versions, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoteVersions)]
pub(crate) struct NoteVersionsOut {
    pub(crate) versions: Vec<NoteOut>,
}

impl From<&Note> for NoteOut {
    fn from(note: &Note) -> Self {
        Self {
            id: note.id.to_string(),
            alert_id: note.alert.to_string(),
            version: note.version,
            author: note.author.clone(),
            text: note.text.clone(),
            written_at: note.written_at,
            hash: hexadecimal(&note.hash()),
        }
    }
}

/// What every listing here takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct PageQuery {
    /// Rows a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before.
    cursor: Option<String>,
}
