//! What would have fired: what an entry or a snooze would have done to the last 30 days, and what it has held back.

use super::access::Session;
use crate::db::previews::{self, ALERTED, Candidate, NEWEST, OF_ACCOUNT, Seen};
use crate::db::{assessments, lists, snoozes};
use crate::domain::gate::Gate;
use crate::domain::ids::{ListEntryId, SnoozeId};
use crate::domain::lists::{ListKind, ListSubject};
use crate::error::Error;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;
use tokio_postgres::Client;
use uuid::Uuid;

/// How far back a preview looks, by when transactions were received.
const WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Examples that it shows.
const MAX_EXAMPLES: usize = 10;
/// Assessments whose reasons are read for a snooze of one reason.
const MAX_READ: usize = 500;

/// What an entry or a snooze would have done.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Since when it was looked, by when transactions were received.
    pub since: Timestamp,
    /// How many were looked at.
    pub n_examined: i64,
    /// Whether that is all there were.
    pub is_complete: bool,
    /// Alerts and folds that would have been held back.
    pub n_held_back: usize,
    /// Assessments that would have raised an alert or folded into one.
    pub n_raised: usize,
    /// Of those, the highest scores first.
    pub examples: Vec<Example>,
    /// What it has held back since it was made; none for what holds nothing back.
    pub n_held_so_far: Option<i64>,
}

/// One assessment that would have been another.
pub type Example = Candidate;

/// What a list's entry would have done, had it been in force for 30 days.
///
/// # Errors
/// 404 when unknown; 503 when the database does not answer.
pub async fn of_entry(session: &Session, id: ListEntryId) -> Result<Preview, Error> {
    let (client, since) = (session.connection.client()?, session.now - WINDOW);
    let stored = lists::find(client, id).await?.ok_or_else(|| Error::not_found("list entry"))?;
    let (kind, subject) = (stored.entry.kind, stored.entry.subject);
    let party = (subject, stored.value.as_str());
    let (seen, limit) = match (kind, subject) {
        (_, ListSubject::Account) => (previews::of_account(client, party.1, since).await?, OF_ACCOUNT),
        // Only what raised an alert can be held back, and there is an index of that.
        (ListKind::Allow, _) => (previews::alerted(client, party, since).await?, ALERTED),
        (ListKind::Deny | ListKind::Watch, _) => (previews::newest(client, party, since).await?, NEWEST),
    };
    let is_changed = |candidate: &Candidate| match kind {
        ListKind::Allow => candidate.alert.is_some(),
        ListKind::Deny => candidate.alert.is_none(),
        // What an allow entry or a snooze held back stays held back.
        ListKind::Watch => candidate.alert.is_none() && !candidate.is_withheld,
    };
    let preview = Preview::new(since, (seen, limit), is_changed);
    match kind {
        ListKind::Allow => {
            let n_held = previews::n_held(client, Gate::AllowList, (id.0, stored.created_at)).await?;
            Ok(Preview { n_held_so_far: Some(n_held), ..preview })
        }
        ListKind::Deny | ListKind::Watch => {
            Ok(Preview { n_held_back: 0, n_raised: preview.n_held_back, ..preview })
        }
    }
}

/// What a snooze would have done, had it been in force for 30 days.
///
/// # Errors
/// 404 when unknown; 503 when the database does not answer.
pub async fn of_snooze(session: &Session, id: SnoozeId) -> Result<Preview, Error> {
    let (client, since) = (session.connection.client()?, session.now - WINDOW);
    let stored = snoozes::find(client, id).await?.ok_or_else(|| Error::not_found("snooze"))?;
    let seen = previews::of_account(client, &stored.account, since).await?;
    let is_alerted =
        |candidate: &Candidate| candidate.alert.is_some() && candidate.severity <= stored.snooze.severity;
    let mut preview = match &stored.snooze.reason_code {
        None => Preview::new(since, (seen, OF_ACCOUNT), is_alerted),
        Some(code) => {
            let alerted: Vec<Uuid> =
                seen.candidates.iter().filter(|it| is_alerted(it)).map(|it| it.id.0).collect();
            let read = &alerted[..alerted.len().min(MAX_READ)];
            let led = led_by(client, code, read).await?;
            let preview = Preview::new(since, (seen, OF_ACCOUNT), |candidate| led.contains(&candidate.id.0));
            Preview { is_complete: preview.is_complete && read.len() == alerted.len(), ..preview }
        }
    };
    let n_held = previews::n_held(client, Gate::Snooze, (id.0, stored.created_at)).await?;
    preview.n_held_so_far = Some(n_held);
    Ok(preview)
}

/// Those of these assessments whose reason that weighs most has this code.
async fn led_by(client: &Client, code: &str, ids: &[Uuid]) -> Result<HashSet<Uuid>, Error> {
    let stored = assessments::find(client, ids).await?;
    let is_led = |record: &crate::domain::assessment::AssessmentRecord| record.leading_reason() == Some(code);
    Ok(stored.iter().filter(|it| is_led(&it.record)).map(|it| it.record.id.0).collect())
}

impl Preview {
    /// Counts what would have been another, as held back, and chooses the examples.
    fn new(since: Timestamp, (seen, limit): (Seen, i64), is_changed: impl Fn(&Candidate) -> bool) -> Self {
        let mut changed: Vec<Candidate> = seen.candidates.into_iter().filter(is_changed).collect();
        changed.sort_by(|one, other| other.risk.value().total_cmp(&one.risk.value()));
        let n_held_back = changed.len();
        changed.truncate(MAX_EXAMPLES);
        Self {
            since,
            n_examined: seen.n_seen,
            is_complete: seen.n_seen < limit,
            n_held_back,
            n_raised: 0,
            examples: changed,
            n_held_so_far: None,
        }
    }
}
