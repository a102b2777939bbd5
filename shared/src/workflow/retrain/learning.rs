//! Reading what there is to learn from, a page at a time, newest first.

use super::Moment;
use crate::db::assessments::{self, LearningRow};
use crate::db::labels;
use crate::db::lessons::{self, LessonPage, LessonRow, Wanted};
use crate::detection::features::FeatureVector;
use crate::detection::ml::Lesson;
use crate::domain::configuration::LabelMaturity;
use crate::domain::label::{Verdict, in_force};
use crate::error::Error;
use crate::state::AppState;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
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

/// Lessons that are held at once. Where there are more transactions a sample of them is taken, frauds and
/// genuine alike, so that shares stay what they are.
const MAX_LESSONS: usize = 200_000;
/// All values of a byte: every row is taken.
const EVERYTHING: i32 = 256;
/// Rows read a page for lessons, wanted or not: narrow ones, some tens of milliseconds a page.
const SCANNED: i64 = 10_000;

/// The event times of lessons: the 30 days that end at the label maturity.
pub(super) fn matured_span(moment: Moment, maturity: LabelMaturity) -> (Timestamp, Timestamp) {
    let end = moment.as_of - SignedDuration::from_hours(24 * i64::from(maturity.days()));
    (end - SPAN, end)
}

/// What there is to learn from labels: the transactions of [`matured_span`], in time order, each with its label
/// in force as it was known at the moment.
///
/// Rows are sampled by the last byte of their ids, which is random. The share starts at everything and is
/// halved, for what was read already too, whenever too much is held.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn lessons(
    state: &AppState,
    moment: Moment,
    maturity: LabelMaturity,
) -> Result<Vec<Lesson>, Error> {
    let mut wanted = Wanted { span: matured_span(moment, maturity), share: EVERYTHING };
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut lessons: Vec<(Uuid, Lesson)> = Vec::new();
    let mut before = Uuid::max();
    loop {
        let LessonPage { rows, last } = lessons::page(client, before, wanted, SCANNED).await?;
        let Some(last) = last else { break };
        before = last;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let known =
            if ids.is_empty() { HashMap::new() } else { labels::of_transactions(client, &ids).await? };
        lessons.extend(rows.iter().filter_map(|row| {
            let claims = known.get(&row.id).into_iter().flatten().map(|label| label.claim);
            let claims: Vec<_> = claims.filter(|claim| claim.observed_at <= moment.as_of).collect();
            let verdict = in_force(&claims).map(|claim| claim.verdict);
            Some((row.id, lesson(row, verdict)?))
        }));
        while lessons.len() > MAX_LESSONS && wanted.share > 1 {
            wanted.share /= 2;
            lessons.retain(|(id, _)| i32::from(id.as_bytes()[15]) < wanted.share);
        }
    }
    let mut lessons: Vec<Lesson> = lessons.into_iter().map(|(_, lesson)| lesson).collect();
    // Newest received first, so far; of one moment the order of receipt remains.
    lessons.reverse();
    lessons.sort_by_key(|lesson| lesson.occurred_at);
    Ok(lessons)
}

/// The transactions of a span, newest received first; where there are more than `most`, an even sample of them, taken as
/// [`lessons`] does.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn sampled(
    state: &AppState,
    span: (Timestamp, Timestamp),
    most: usize,
) -> Result<Vec<LessonRow>, Error> {
    let mut wanted = Wanted { span, share: EVERYTHING };
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let mut sample: Vec<LessonRow> = Vec::new();
    let mut before = Uuid::max();
    loop {
        let LessonPage { rows, last } = lessons::page(client, before, wanted, SCANNED).await?;
        let Some(last) = last else { break };
        before = last;
        sample.extend(rows);
        while sample.len() > most && wanted.share > 1 {
            wanted.share /= 2;
            sample.retain(|row| i32::from(row.id.as_bytes()[15]) < wanted.share);
        }
    }
    Ok(sample)
}

/// A row whose features this version cannot read teaches nothing.
fn lesson(row: &LessonRow, verdict: Option<Verdict>) -> Option<Lesson> {
    Some(Lesson {
        occurred_at: row.occurred_at,
        features: FeatureVector::from_bytes(row.feature_schema_id, &row.features).ok()?,
        is_fraud: verdict == Some(Verdict::Fraud),
    })
}
