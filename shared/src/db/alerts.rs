//! Alerts: the open ones of an account, one by id, and a page of the queue.

use super::audit::read_head;
use super::error::DbError;
use super::ingest_keys::{Claims, won_claims};
use super::stored_decision::StoredProposal;
use crate::domain::Invalid;
use crate::domain::alert::{Alert, AlertStatus, Decision, Disposition, Trigger};
use crate::domain::approval::Proposal;
use crate::domain::gate::{AccountAlerts, Failures, MAX_FAILURE_ALERTS, PastRaise};
use crate::domain::ids::{AlertId, AssessmentId};
use crate::domain::money::{Amount, CurrencyCode};
use crate::domain::score::{Layer, RiskScore};
use crate::domain::severity::Severity;
use crate::domain::text::{CounterpartyId, DeviceId};
use jiff::Timestamp;
use serde::Deserialize as _;
use serde_json::{Value, json};
use std::collections::HashMap;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// The columns that [`read`] wants, in every select of this file.
macro_rules! alert_columns {
    () => {
        "a.id, a.account_id, a.cause, a.status, a.severity, a.risk_score, a.n_assessments, a.first_assessment_id,
  a.top_assessment_id, a.first_seen_at, a.last_seen_at, a.created_at, a.respond_by, a.resolve_by,
  a.n_confirmed_before, a.previous_alert_id, a.responded_at, a.assignee, a.is_escalated, a.disposition, a.confidence,
  a.notes, a.decided_by, a.decided_at, a.audit_sequence, a.audit_hash, a.counterparty_id, a.amount_minor, a.currency,
  a.detector, a.reason_codes, a.device, a.ip_address, a.proposal, a.approved_by"
    };
}
pub(super) use alert_columns;

const LOCK_OPEN: &str = won_claims!(
    "select ",
    alert_columns!(),
    "
from alerts a
where a.account_id = any (array(select w.account_id from won w))
  and a.kind = 'transaction'
  and a.status in ('active', 'in_review')
order by a.id
for update of a"
);

/// Locks and reads the open alerts of the accounts of the claims that were won.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock_open(client: &impl GenericClient, claims: &Claims<'_>) -> Result<Vec<Alert>, DbError> {
    let rows = client.query_typed(LOCK_OPEN, &claims.params()).await?;
    rows.iter().map(read).collect()
}

/// Looks no further back than the highest cap there is, [`crate::domain::configuration::MAX_ALERT_CAP`].
const HISTORY: &str = won_claims!(
    "select c.account_id, h.id, h.first_seen_at, h.severity, f.n_confirmed
from (select distinct w.account_id from won w) as c
cross join lateral (
  select count(*) as n_confirmed
  from alerts d
  where d.account_id = c.account_id and d.disposition = 'confirmed_fraud'
) as f
cross join lateral (
  select a.id, a.first_seen_at, a.severity
  from alerts a
  where a.account_id = c.account_id and a.kind = 'transaction'
  order by a.id desc
  limit 20
) as h"
);

/// What the gates know of each account, without its open alerts; accounts without alerts are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn history(
    client: &impl GenericClient,
    claims: &Claims<'_>,
) -> Result<HashMap<String, AccountAlerts>, DbError> {
    let rows = client.query_typed(HISTORY, &claims.params()).await?;
    let mut accounts: HashMap<String, AccountAlerts> = HashMap::new();
    for row in &rows {
        let known = accounts.entry(row.try_get("account_id")?).or_default();
        known.newest = known.newest.max(Some(AlertId(row.try_get("id")?)));
        known.raises.push(PastRaise { at: row.try_get("first_seen_at")?, severity: severity(row)? });
        known.n_confirmed = row.try_get("n_confirmed")?;
    }
    Ok(accounts)
}

const FAILURES: &str = "
select
  (
    select count(*)
    from (
      select
      from alerts a
      where a.severity = 'needs_review' and a.kind = 'transaction' and a.id >= lowest_id_at($1 - interval '1 hour')
      limit $2
    ) as recent
  ) as n_recent,
  array(select a.cause from alerts a where a.kind = 'system' and a.status in ('active', 'in_review')) as open_causes";

/// What failing layers have raised in the hour before `now`, counted to the most that matters.
///
/// # Errors
/// When the database does not answer.
pub async fn failures(client: &impl GenericClient, now: Timestamp) -> Result<Failures, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&now, Type::TIMESTAMPTZ), (&MAX_FAILURE_ALERTS, Type::INT8)];
    let rows = client.query_typed(FAILURES, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("failures have no row".into()))?;
    Ok(Failures { n_recent: row.try_get("n_recent")?, open_causes: row.try_get("open_causes")? })
}

const FIND: &str = concat!("select ", alert_columns!(), "\nfrom alerts a\nwhere a.id = $1");

/// Reads one alert.
///
/// # Errors
/// When the database does not answer.
pub async fn find(client: &impl GenericClient, id: AlertId) -> Result<Option<Alert>, DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const LOCK: &str = concat!("select ", alert_columns!(), "\nfrom alerts a\nwhere a.id = $1\nfor update of a");

/// Locks and reads one alert.
///
/// # Errors
/// When the database does not answer or the lock is not to be had in time.
pub async fn lock(client: &impl GenericClient, id: AlertId) -> Result<Option<Alert>, DbError> {
    let rows = client.query_typed(LOCK, &[(&id.0, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

const FIND_MANY: &str = concat!("select ", alert_columns!(), "\nfrom alerts a\nwhere a.id = any ($1)");

/// Reads those of the alerts that there are.
///
/// # Errors
/// When the database does not answer.
pub async fn find_many(client: &impl GenericClient, ids: &[AlertId]) -> Result<Vec<Alert>, DbError> {
    read_many(client, FIND_MANY, ids).await
}

const LOCK_MANY: &str = concat!(
    "select ",
    alert_columns!(),
    "\nfrom alerts a\nwhere a.id = any ($1)\norder by a.id\nfor update of a"
);

/// Locks and reads those of the alerts that there are, in order of their ids.
///
/// # Errors
/// When the database does not answer or a lock is not to be had in time.
pub async fn lock_many(client: &impl GenericClient, ids: &[AlertId]) -> Result<Vec<Alert>, DbError> {
    read_many(client, LOCK_MANY, ids).await
}

const STANDING_ALONE: &str = "
select a.id, a.account_id as name
from alerts a
where a.kind = 'transaction' and a.status = 'active' and a.account_id = any ($1)
union all
select a.id, a.cause
from alerts a
where a.kind = 'system' and a.status in ('active', 'in_review') and a.cause = any ($2)";

/// The alerts that let no other stand beside them: the active one of each account, the open one of each cause.
///
/// # Errors
/// When the database does not answer.
pub async fn standing_alone(
    client: &impl GenericClient,
    accounts: &[&str],
    causes: &[&str],
) -> Result<Vec<(AlertId, String)>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] =
        [(&accounts, Type::TEXT_ARRAY), (&causes, Type::TEXT_ARRAY)];
    let rows = client.query_typed(STANDING_ALONE, &params).await?;
    rows.iter().map(|row| Ok((AlertId(row.try_get("id")?), row.try_get("name")?))).collect()
}

async fn read_many(
    client: &impl GenericClient,
    statement: &str,
    ids: &[AlertId],
) -> Result<Vec<Alert>, DbError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = client.query_typed(statement, &[(&ids, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

/// Reads a row of [`alert_columns!`].
pub(super) fn read(row: &Row) -> Result<Alert, DbError> {
    let unreadable = |error: Invalid| DbError::Unreadable(format!("an alert's word {error}"));
    Ok(Alert {
        id: AlertId(row.try_get("id")?),
        account: row.try_get("account_id")?,
        cause: row.try_get("cause")?,
        status: AlertStatus::parse(row.try_get("status")?).map_err(unreadable)?,
        severity: severity(row)?,
        risk: RiskScore::try_new(row.try_get("risk_score")?).map_err(unreadable)?,
        n_assessments: row.try_get("n_assessments")?,
        first_assessment: AssessmentId(row.try_get("first_assessment_id")?),
        top_assessment: AssessmentId(row.try_get("top_assessment_id")?),
        trigger: trigger(row)?,
        first_seen_at: row.try_get("first_seen_at")?,
        last_seen_at: row.try_get("last_seen_at")?,
        created_at: row.try_get("created_at")?,
        respond_by: row.try_get("respond_by")?,
        resolve_by: row.try_get("resolve_by")?,
        n_confirmed_before: row.try_get("n_confirmed_before")?,
        previous: row.try_get::<_, Option<Uuid>>("previous_alert_id")?.map(AlertId),
        responded_at: row.try_get("responded_at")?,
        assignee: row.try_get("assignee")?,
        is_escalated: row.try_get("is_escalated")?,
        decision: decision(row)?,
        proposal: proposal(row)?,
        head: read_head(row.try_get("audit_sequence")?, row.try_get("audit_hash")?)?,
    })
}

fn severity(row: &Row) -> Result<Severity, DbError> {
    Severity::parse(row.try_get("severity")?)
        .map_err(|error| DbError::Unreadable(format!("an alert's severity {error}")))
}

fn trigger(row: &Row) -> Result<Option<Trigger>, DbError> {
    let Some(counterparty) = row.try_get::<_, Option<&str>>("counterparty_id")? else {
        return Ok(None);
    };
    let unreadable = |error: Invalid| DbError::Unreadable(format!("an alert's trigger {error}"));
    let currency = CurrencyCode::parse(row.try_get("currency")?).map_err(unreadable)?;
    let detector = row.try_get::<_, Option<&str>>("detector")?.map(Layer::parse);
    let device = row.try_get::<_, Option<&str>>("device")?.map(DeviceId::parse);
    let address = row.try_get::<_, Option<&str>>("ip_address")?.map(str::parse);
    Ok(Some(Trigger {
        counterparty: CounterpartyId::parse(counterparty).map_err(unreadable)?,
        amount: Amount::from_minor(row.try_get("amount_minor")?, currency).map_err(unreadable)?,
        device: device.transpose().map_err(unreadable)?,
        ip_address: address
            .transpose()
            .map_err(|_| DbError::Unreadable("an alert's trigger has no IP address".into()))?,
        detector: detector.transpose().map_err(unreadable)?,
        reasons: row.try_get("reason_codes")?,
    }))
}

fn decision(row: &Row) -> Result<Option<Decision>, DbError> {
    let Some(word) = row.try_get::<_, Option<&str>>("disposition")? else {
        return Ok(None);
    };
    let disposition =
        Disposition::parse(word).map_err(|error| DbError::Unreadable(format!("a disposition {error}")))?;
    Ok(Some(Decision {
        disposition,
        confidence: row.try_get("confidence")?,
        notes: row.try_get("notes")?,
        by: row.try_get("decided_by")?,
        at: row.try_get("decided_at")?,
        approved_by: row.try_get("approved_by")?,
    }))
}

fn proposal(row: &Row) -> Result<Option<Proposal>, DbError> {
    let unreadable = |error: String| DbError::Unreadable(format!("an alert's proposal: {error}"));
    let Some(stored) = row.try_get::<_, Option<Value>>("proposal")? else {
        return Ok(None);
    };
    let stored = StoredProposal::deserialize(stored).map_err(|error| unreadable(error.to_string()))?;
    Proposal::try_from(stored).map(Some).map_err(|error| unreadable(error.0))
}

const STORE: &str = "
with stored as (
  insert into alerts as a (
    id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
    first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, previous_alert_id,
    assignee, is_escalated, disposition, confidence, notes, decided_by, decided_at, audit_sequence, audit_hash,
    responded_at, proposal, approved_by
  )
  select u.id, case when u.cause is null then 'transaction' else 'system' end, u.account_id, u.cause, u.status, u.severity, u.risk_score, u.n_assessments,
    u.first_assessment_id, u.top_assessment_id, u.first_seen_at, u.last_seen_at, u.created_at, u.respond_by,
    u.resolve_by, u.n_confirmed_before, u.previous_alert_id, u.assignee, u.is_escalated, u.disposition,
    u.confidence, u.notes, u.decided_by, u.decided_at, u.audit_sequence, u.audit_hash, u.responded_at,
    u.proposal, u.approved_by
  from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::int8[], $7::uuid[], $8::uuid[],
    $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::int8[],
    $15::uuid[], $16::text[], $17::bool[], $18::text[], $19::float8[], $20::text[], $21::text[],
    $22::timestamptz[], $23::int8[], $24::bytea[], $25::text[], $26::timestamptz[],
    $27::jsonb[], $28::text[]
  ) as u (
    id, account_id, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
    first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, previous_alert_id,
    assignee, is_escalated, disposition, confidence, notes, decided_by, decided_at, audit_sequence, audit_hash, cause,
    responded_at, proposal, approved_by
  )
  order by u.id
  on conflict (id) do update
  set status = excluded.status, severity = excluded.severity, risk_score = excluded.risk_score,
    n_assessments = excluded.n_assessments, top_assessment_id = excluded.top_assessment_id,
    first_seen_at = excluded.first_seen_at, last_seen_at = excluded.last_seen_at,
    respond_by = excluded.respond_by, resolve_by = excluded.resolve_by,
    assignee = excluded.assignee, is_escalated = excluded.is_escalated, disposition = excluded.disposition,
    confidence = excluded.confidence, notes = excluded.notes, decided_by = excluded.decided_by,
    decided_at = excluded.decided_at, audit_sequence = excluded.audit_sequence, audit_hash = excluded.audit_hash,
    responded_at = excluded.responded_at, proposal = excluded.proposal, approved_by = excluded.approved_by
  where a.audit_sequence <= excluded.audit_sequence
  returning 1
)
select require_that((select count(*) from stored) = cardinality($1::uuid[]), 'every alert is stored')";

/// Writes alerts that the SQL transaction has locked or makes. Raises when a chain would go back.
///
/// # Errors
/// When the database does not answer or an account would have two active alerts.
pub async fn store(client: &impl GenericClient, alerts: &[&Alert]) -> Result<(), DbError> {
    fn column<'a, T>(alerts: &[&'a Alert], value: impl Fn(&'a Alert) -> T) -> Vec<T> {
        alerts.iter().map(|alert| value(alert)).collect()
    }
    fn decided<'a, T>(alerts: &[&'a Alert], value: impl Fn(&'a Decision) -> T) -> Vec<Option<T>> {
        alerts.iter().map(|alert| alert.decision.as_ref().map(&value)).collect()
    }
    let ids = column(alerts, |alert| alert.id.0);
    let accounts = column(alerts, |alert| alert.account.as_deref());
    let causes = column(alerts, |alert| alert.cause.as_deref());
    let statuses = column(alerts, |alert| alert.status.as_str());
    let severities = column(alerts, |alert| alert.severity.as_str());
    let risks = column(alerts, |alert| alert.risk.value());
    let counts = column(alerts, |alert| alert.n_assessments);
    let firsts = column(alerts, |alert| alert.first_assessment.0);
    let tops = column(alerts, |alert| alert.top_assessment.0);
    let first_seen = column(alerts, |alert| alert.first_seen_at);
    let last_seen = column(alerts, |alert| alert.last_seen_at);
    let created = column(alerts, |alert| alert.created_at);
    let respond = column(alerts, |alert| alert.respond_by);
    let resolve = column(alerts, |alert| alert.resolve_by);
    let confirmed = column(alerts, |alert| alert.n_confirmed_before);
    let previous = column(alerts, |alert| alert.previous.map(|id| id.0));
    let assignees = column(alerts, |alert| alert.assignee.as_deref());
    let escalated = column(alerts, |alert| alert.is_escalated);
    let dispositions = decided(alerts, |decision| decision.disposition.as_str());
    let confidences: Vec<Option<f64>> =
        decided(alerts, |decision| decision.confidence).into_iter().map(Option::flatten).collect();
    let notes: Vec<Option<&str>> =
        decided(alerts, |decision| decision.notes.as_deref()).into_iter().map(Option::flatten).collect();
    let deciders = decided(alerts, |decision| decision.by.as_str());
    let decided_at = decided(alerts, |decision| decision.at);
    let approvers: Vec<Option<&str>> = decided(alerts, |decision| decision.approved_by.as_deref())
        .into_iter()
        .map(Option::flatten)
        .collect();
    let proposals =
        column(alerts, |alert| alert.proposal.as_ref().map(|proposal| json!(StoredProposal::from(proposal))));
    let sequences = column(alerts, |alert| alert.head.sequence);
    let hashes = column(alerts, |alert| alert.head.hash.as_slice());
    let responded = column(alerts, |alert| alert.responded_at);
    let params: [(&(dyn ToSql + Sync), Type); 28] = [
        (&ids, Type::UUID_ARRAY),
        (&accounts, Type::TEXT_ARRAY),
        (&statuses, Type::TEXT_ARRAY),
        (&severities, Type::TEXT_ARRAY),
        (&risks, Type::FLOAT8_ARRAY),
        (&counts, Type::INT8_ARRAY),
        (&firsts, Type::UUID_ARRAY),
        (&tops, Type::UUID_ARRAY),
        (&first_seen, Type::TIMESTAMPTZ_ARRAY),
        (&last_seen, Type::TIMESTAMPTZ_ARRAY),
        (&created, Type::TIMESTAMPTZ_ARRAY),
        (&respond, Type::TIMESTAMPTZ_ARRAY),
        (&resolve, Type::TIMESTAMPTZ_ARRAY),
        (&confirmed, Type::INT8_ARRAY),
        (&previous, Type::UUID_ARRAY),
        (&assignees, Type::TEXT_ARRAY),
        (&escalated, Type::BOOL_ARRAY),
        (&dispositions, Type::TEXT_ARRAY),
        (&confidences, Type::FLOAT8_ARRAY),
        (&notes, Type::TEXT_ARRAY),
        (&deciders, Type::TEXT_ARRAY),
        (&decided_at, Type::TIMESTAMPTZ_ARRAY),
        (&sequences, Type::INT8_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
        (&causes, Type::TEXT_ARRAY),
        (&responded, Type::TIMESTAMPTZ_ARRAY),
        (&proposals, Type::JSONB_ARRAY),
        (&approvers, Type::TEXT_ARRAY),
    ];
    client.query_typed(STORE, &params).await?;
    Ok(())
}
