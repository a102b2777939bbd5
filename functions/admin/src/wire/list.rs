//! An entry of a list as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::force::ForceStatus;
use shared::http::words;
use shared::workflow::lists::StoredEntry;
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/lists` takes.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct EntriesQuery {
    /// What they ask for.
    #[param(value_type = Option<words::ListKind>, inline)]
    kind: Option<String>,
    /// What they are about.
    #[param(value_type = Option<words::ListSubject>, inline)]
    subject: Option<String>,
    /// What they name.
    value: Option<String>,
    /// Whether they are in force.
    #[param(value_type = Option<words::ForceStatus>, inline)]
    status: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters.
    cursor: Option<String>,
}

/// An entry.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListEntry)]
pub(crate) struct EntryOut {
    /// `lst_` and a UUID.
    id: String,
    /// allow, deny or watch.
    #[schema(value_type = words::ListKind)]
    kind: &'static str,
    /// account, counterparty, device or ip.
    #[schema(value_type = words::ListSubject)]
    subject: &'static str,
    /// What it names.
    value: String,
    /// Why.
    reason: String,
    /// active or ended.
    #[schema(value_type = words::ForceStatus)]
    status: &'static str,
    /// The key that made it.
    owner: String,
    created_at: Timestamp,
    /// Null for never.
    expires_at: Option<Timestamp>,
    removed_at: Option<Timestamp>,
    /// The key that removed it.
    removed_by: Option<String>,
}

/// A page of entries.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListEntryPage)]
pub(crate) struct EntryPageOut {
    pub(crate) lists: Vec<EntryOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl EntryOut {
    pub(crate) fn new(stored: StoredEntry, now: Timestamp) -> Self {
        let status = ForceStatus::at(now, stored.removed_at, stored.expires_at);
        Self {
            id: stored.entry.id.to_string(),
            kind: stored.entry.kind.as_str(),
            subject: stored.entry.subject.as_str(),
            value: stored.value,
            reason: stored.entry.reason,
            status: status.as_str(),
            owner: stored.owner,
            created_at: stored.created_at,
            expires_at: stored.expires_at,
            removed_at: stored.removed_at,
            removed_by: stored.removed_by,
        }
    }
}
