//! Saved views of the queue. A setting of people: no part of the audit trail.

use super::access::Session;
use super::entropy;
use crate::db::error::DbError;
pub use crate::db::saved_views::SavedView;
use crate::db::saved_views::{self, find, seen_by};
use crate::domain::access::Permission;
use crate::domain::ids::SavedViewId;
use crate::error::{Error, ErrorKind};

/// Views that one key may have.
pub const MAX_VIEWS: i64 = 100;

/// A view that somebody wants.
#[derive(Debug, Clone)]
pub struct NewView {
    /// What it is called.
    pub name: String,
    /// The query of the queue.
    pub query: String,
    /// Whether everybody sees it.
    pub is_shared: bool,
}

/// Saves a view.
///
/// # Errors
/// 409 when the caller has one of this name, or [`MAX_VIEWS`].
pub async fn save(session: &mut Session, wanted: NewView) -> Result<SavedView, Error> {
    let view = SavedView {
        id: SavedViewId::mint(session.now, entropy::for_id()?),
        owner: session.actor.key_id.clone(),
        name: wanted.name,
        query: wanted.query,
        is_shared: wanted.is_shared,
        created_at: session.now,
    };
    let is_saved = session
        .transact(async |client| {
            saved_views::insert(client, &view, MAX_VIEWS).await.map_err(|error| match error {
                DbError::UniqueViolation(_) => {
                    refused("there is a view of yours with this name; remove it first")
                }
                other => other.into(),
            })
        })
        .await?;
    if !is_saved {
        return Err(refused(&format!(
            "there are {MAX_VIEWS} views of yours, the most there can be; remove one first"
        )));
    }
    Ok(view)
}

/// A page of what the caller sees, by name: their own views, and those that are shared.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    session: &Session,
    page: (Option<(String, SavedViewId)>, i64),
) -> Result<Vec<SavedView>, Error> {
    Ok(seen_by(session.connection.client()?, &session.actor.key_id, page).await?)
}

/// Removes a view: its owner's own, or a shared one by a supervisor.
///
/// # Errors
/// 404 when the caller sees no such view; 403 when it is another's.
pub async fn remove(session: &mut Session, id: SavedViewId) -> Result<SavedView, Error> {
    let actor = session.actor.clone();
    session
        .transact(async |client| {
            let found = find(client, id).await?;
            let is_own = |view: &SavedView| view.owner == actor.key_id;
            let view = found
                .filter(|view| is_own(view) || view.is_shared)
                .ok_or_else(|| Error::not_found("view"))?;
            if !is_own(&view) && !actor.role.may(Permission::Supervise) {
                let message = "a shared view is removed by who made it, or by a supervisor";
                return Err(Error::new(ErrorKind::Forbidden, message));
            }
            saved_views::remove(client, id).await?;
            Ok(view)
        })
        .await
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::WrongState, message)
}
