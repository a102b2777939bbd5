//! Reading what there is to learn from, a page at a time, newest first.

use super::Moment;
use crate::db::assessments::{self, LearningRow};
use crate::error::Error;
use crate::state::AppState;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// What is learned from: long enough for a monthly rhythm, short enough to follow a change.
const SPAN: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Rows a page: each statement stays well below the statement timeout.
const PAGE: i64 = 5_000;

/// The event times learned from: `[as_of - 30 days, as_of)`.
pub(super) fn span(moment: Moment) -> (Timestamp, Timestamp) {
    (moment.as_of - SPAN, moment.as_of)
}

/// The newest `most` rows of the span, newest received first.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn rows(state: &AppState, moment: Moment, most: usize) -> Result<Vec<LearningRow>, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut rows: Vec<LearningRow> = Vec::new();
    let mut before = Uuid::max();
    while rows.len() < most {
        let page = assessments::learning_page(client, before, span(moment), PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.id;
        rows.extend(page);
    }
    rows.truncate(most);
    Ok(rows)
}
