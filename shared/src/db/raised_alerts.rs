//! Alerts as ingestion writes them: raised, or folded into. Never what people write, such as a holder or a decision:
//! the roles that ingest have no right to those columns.

use super::error::DbError;
use crate::domain::alert::{Alert, Trigger};
use crate::domain::score::Layer;
use crate::domain::text::Text;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};

const STORE: &str = "
with stored as (
  insert into alerts as a (
    id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
    first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, previous_alert_id,
    audit_sequence, audit_hash, counterparty_id, amount_minor, currency, detector, reason_codes,
    device, ip_address
  )
  select u.id, case when u.cause is null then 'transaction' else 'system' end, u.account_id, u.cause, u.status,
    u.severity, u.risk_score, u.n_assessments, u.first_assessment_id, u.top_assessment_id, u.first_seen_at,
    u.last_seen_at, u.created_at, u.respond_by, u.resolve_by, u.n_confirmed_before, u.previous_alert_id,
    u.audit_sequence, u.audit_hash, u.counterparty_id, u.amount_minor, u.currency, u.detector,
    string_to_array(u.reason_codes, ','), u.device, u.ip_address
  from unnest(
    $1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::float8[], $7::int8[], $8::uuid[], $9::uuid[],
    $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::timestamptz[],
    $15::int8[], $16::uuid[], $17::int8[], $18::bytea[],
    $19::text[], $20::int8[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[]
  ) as u (
    id, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
    first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, previous_alert_id,
    audit_sequence, audit_hash, counterparty_id, amount_minor, currency, detector, reason_codes,
    device, ip_address
  )
  order by u.id
  on conflict (id) do update
  set severity = excluded.severity, risk_score = excluded.risk_score, n_assessments = excluded.n_assessments,
    top_assessment_id = excluded.top_assessment_id, first_seen_at = excluded.first_seen_at,
    last_seen_at = excluded.last_seen_at, respond_by = excluded.respond_by, resolve_by = excluded.resolve_by,
    audit_sequence = excluded.audit_sequence, audit_hash = excluded.audit_hash,
    counterparty_id = excluded.counterparty_id, amount_minor = excluded.amount_minor, currency = excluded.currency,
    detector = excluded.detector, reason_codes = excluded.reason_codes, device = excluded.device,
    ip_address = excluded.ip_address
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
    fn triggered<'a, T>(alerts: &[&'a Alert], value: impl Fn(&'a Trigger) -> T) -> Vec<Option<T>> {
        alerts.iter().map(|alert| alert.trigger.as_ref().map(&value)).collect()
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
    let sequences = column(alerts, |alert| alert.head.sequence);
    let hashes = column(alerts, |alert| alert.head.hash.as_slice());
    let counterparties = triggered(alerts, |trigger| trigger.counterparty.as_str());
    let minor = triggered(alerts, |trigger| trigger.amount.minor());
    let currencies = triggered(alerts, |trigger| trigger.amount.currency().as_str());
    let detectors: Vec<Option<&str>> = triggered(alerts, |trigger| trigger.detector.map(Layer::as_str))
        .into_iter()
        .map(Option::flatten)
        .collect();
    // Codes hold no comma; an array of arrays would be unnested whole.
    let reasons = triggered(alerts, |trigger| trigger.reasons.join(","));
    let devices: Vec<Option<&str>> = triggered(alerts, |trigger| trigger.device.as_ref().map(Text::as_str))
        .into_iter()
        .map(Option::flatten)
        .collect();
    let addresses: Vec<Option<String>> =
        triggered(alerts, |trigger| trigger.ip_address.map(|address| address.to_string()))
            .into_iter()
            .map(Option::flatten)
            .collect();
    let params: [(&(dyn ToSql + Sync), Type); 25] = [
        (&ids, Type::UUID_ARRAY),
        (&accounts, Type::TEXT_ARRAY),
        (&causes, Type::TEXT_ARRAY),
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
        (&sequences, Type::INT8_ARRAY),
        (&hashes, Type::BYTEA_ARRAY),
        (&counterparties, Type::TEXT_ARRAY),
        (&minor, Type::INT8_ARRAY),
        (&currencies, Type::TEXT_ARRAY),
        (&detectors, Type::TEXT_ARRAY),
        (&reasons, Type::TEXT_ARRAY),
        (&devices, Type::TEXT_ARRAY),
        (&addresses, Type::TEXT_ARRAY),
    ];
    client.query_typed(STORE, &params).await?;
    Ok(())
}

const HAS_OPEN_CAUSE: &str = "
select exists (
  select
  from alerts a
  where a.cause = $1 and a.kind = 'system' and a.status in ('active', 'in_review')
) as is_open";

/// Whether an alert of the system is open for this cause.
///
/// # Errors
/// When the database does not answer.
pub async fn has_open_cause(client: &impl GenericClient, cause: &str) -> Result<bool, DbError> {
    let rows = client.query_typed(HAS_OPEN_CAUSE, &[(&cause, Type::TEXT)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a question has no answer".into()))?;
    Ok(row.try_get("is_open")?)
}

const RAISE: &str = "
insert into alerts (
  id, kind, account_id, cause, status, severity, risk_score, n_assessments, first_assessment_id, top_assessment_id,
  first_seen_at, last_seen_at, created_at, respond_by, resolve_by, n_confirmed_before, audit_sequence, audit_hash
)
values ($1, 'system', null, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $15)";

/// Writes a new alert of the system, for whoever may raise alerts and change none.
///
/// # Errors
/// [`DbError::UniqueViolation`] when one is open for its cause.
pub async fn raise_system(client: &impl GenericClient, alert: &Alert) -> Result<(), DbError> {
    let (status, severity, risk) = (alert.status.as_str(), alert.severity.as_str(), alert.risk.value());
    let hash = alert.head.hash.as_slice();
    let params: [(&(dyn ToSql + Sync), Type); 15] = [
        (&alert.id.0, Type::UUID),
        (&alert.cause, Type::TEXT),
        (&status, Type::TEXT),
        (&severity, Type::TEXT),
        (&risk, Type::FLOAT8),
        (&alert.n_assessments, Type::INT8),
        (&alert.first_assessment.0, Type::UUID),
        (&alert.top_assessment.0, Type::UUID),
        (&alert.first_seen_at, Type::TIMESTAMPTZ),
        (&alert.last_seen_at, Type::TIMESTAMPTZ),
        (&alert.created_at, Type::TIMESTAMPTZ),
        (&alert.respond_by, Type::TIMESTAMPTZ),
        (&alert.resolve_by, Type::TIMESTAMPTZ),
        (&alert.head.sequence, Type::INT8),
        (&hash, Type::BYTEA),
    ];
    client.execute_typed(RAISE, &params).await?;
    Ok(())
}
