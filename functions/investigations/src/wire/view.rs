//! A saved view as it looks on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::workflow::saved_views::SavedView;
use utoipa::ToSchema;

/// Filters and an order of the queue under a name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedView)]
pub(crate) struct ViewOut {
    /// `vew_` and a UUID.
    id: String,
    name: String,
    /// What goes behind the `?` of `GET /api/v1/alerts`, its facets and its export.
    query: String,
    /// Whether everybody sees it.
    is_shared: bool,
    /// The key that made it.
    owner: String,
    created_at: Timestamp,
}

/// A page of saved views.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SavedViewPage)]
pub(crate) struct ViewPageOut {
    pub(crate) views: Vec<ViewOut>,
    /// The next page's `cursor`; null on the last.
    pub(crate) next_cursor: Option<String>,
}

impl From<SavedView> for ViewOut {
    fn from(view: SavedView) -> Self {
        Self {
            id: view.id.to_string(),
            name: view.name,
            query: view.query,
            is_shared: view.is_shared,
            owner: view.owner,
            created_at: view.created_at,
        }
    }
}
