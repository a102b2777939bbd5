//! Assessments: scores in typed columns, reasons as JSON, features as bytes.

use super::error::DbError;
use crate::domain::assessment::{AssessmentRecord, Detail, LayerRecord, OutcomeKind, ReasonRecord, Versions};
use crate::domain::gate::{AlertOutcome, Gate};
use crate::domain::ids::{AlertId, AssessmentId, ModelId};
use crate::domain::score::{Layer, RiskScore, Score};
use crate::domain::severity::Severity;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// What is stored of one assessment.
#[derive(Debug, Clone)]
pub struct NewAssessment {
    /// Scores, reasons, versions, gate and alert.
    pub record: AssessmentRecord,
    /// Event time of the transaction.
    pub occurred_at: Timestamp,
    /// The feature vector's bytes.
    pub features: Vec<u8>,
    /// The list's entry or the snooze that held an alert back.
    pub held_by: Option<Uuid>,
    /// The account's profile just before, when alerted.
    pub account_profile_before: Option<Vec<u8>>,
    /// The counterparty's merged profile just before, when alerted.
    pub counterparty_profile_before: Option<Vec<u8>>,
}

/// Beside the layers in the JSON of reasons: what lists said.
const LISTS: &str = "lists";

/// The JSON of one layer: what explains it, never its score.
#[derive(Debug, Default, Serialize, Deserialize)]
struct LayerJson {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonJson>,
}

#[derive(Debug, Serialize, Deserialize)]
struct ReasonJson {
    code: String,
    text: String,
    contribution: f64,
}

const INSERT: &str = "
insert into assessments (
  id, occurred_at, risk_score, severity,
  statistical_outcome, statistical_score, behavioral_outcome, behavioral_score, ml_outcome, ml_score,
  reasons, feature_schema_id, features, configuration_version, baseline_id, model_id,
  gate, gate_reason, alert_id, alert_outcome, account_profile_before, counterparty_profile_before,
  fraud_probability, explanation_detail, held_by
)
select *
from unnest(
  $1::uuid[], $2::timestamptz[], $3::float8[], $4::text[],
  $5::text[], $6::float8[], $7::text[], $8::float8[], $9::text[], $10::float8[],
  $11::jsonb[], $12::int2[], $13::bytea[], $14::int8[], $15::uuid[], $16::uuid[],
  $17::text[], $18::text[], $19::uuid[], $20::text[], $21::bytea[], $22::bytea[],
  $23::float8[], $24::text[], $25::uuid[]
)";

/// Writes assessments.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, rows: &[NewAssessment]) -> Result<(), DbError> {
    fn column<'a, T>(rows: &'a [NewAssessment], value: impl Fn(&'a NewAssessment) -> T) -> Vec<T> {
        rows.iter().map(value).collect()
    }
    let outcome = |layer| column(rows, move |row| row.record.layer(layer).outcome.as_str());
    let score = |layer| column(rows, move |row| row.record.layer(layer).score.map(Score::value));
    let ids = column(rows, |row| row.record.id.0);
    let occurred = column(rows, |row| row.occurred_at);
    let risks = column(rows, |row| row.record.risk.value());
    let severities = column(rows, |row| row.record.severity.as_str());
    let outcomes = Layer::ALL.map(outcome);
    let scores = Layer::ALL.map(score);
    let reasons: Vec<Value> = rows.iter().map(|row| reasons_json(&row.record)).collect::<Result<_, _>>()?;
    let schemas = column(rows, |row| row.record.versions.feature_schema);
    let features = column(rows, |row| row.features.as_slice());
    let configurations = column(rows, |row| row.record.versions.configuration);
    let baselines = column(rows, |row| row.record.versions.baseline.map(|id| id.0));
    let models = column(rows, |row| row.record.versions.model.map(|id| id.0));
    let gates = column(rows, |row| row.record.gate.as_ref().map(|(gate, _)| gate.as_str()));
    let gate_reasons = column(rows, |row| row.record.gate.as_ref().map(|(_, reason)| reason.as_str()));
    let alerts = column(rows, |row| row.record.alert.map(|(id, _)| id.0));
    let alert_outcomes = column(rows, |row| row.record.alert.map(|(_, outcome)| outcome.as_str()));
    let accounts = column(rows, |row| row.account_profile_before.as_deref());
    let counterparties = column(rows, |row| row.counterparty_profile_before.as_deref());
    let probabilities = column(rows, |row| row.record.probability);
    let details = column(rows, |row| row.record.detail.as_str());
    let holders = column(rows, |row| row.held_by);
    let params: [(&(dyn ToSql + Sync), Type); 25] = [
        (&ids, Type::UUID_ARRAY),
        (&occurred, Type::TIMESTAMPTZ_ARRAY),
        (&risks, Type::FLOAT8_ARRAY),
        (&severities, Type::TEXT_ARRAY),
        (&outcomes[0], Type::TEXT_ARRAY),
        (&scores[0], Type::FLOAT8_ARRAY),
        (&outcomes[1], Type::TEXT_ARRAY),
        (&scores[1], Type::FLOAT8_ARRAY),
        (&outcomes[2], Type::TEXT_ARRAY),
        (&scores[2], Type::FLOAT8_ARRAY),
        (&reasons, Type::JSONB_ARRAY),
        (&schemas, Type::INT2_ARRAY),
        (&features, Type::BYTEA_ARRAY),
        (&configurations, Type::INT8_ARRAY),
        (&baselines, Type::UUID_ARRAY),
        (&models, Type::UUID_ARRAY),
        (&gates, Type::TEXT_ARRAY),
        (&gate_reasons, Type::TEXT_ARRAY),
        (&alerts, Type::UUID_ARRAY),
        (&alert_outcomes, Type::TEXT_ARRAY),
        (&accounts, Type::BYTEA_ARRAY),
        (&counterparties, Type::BYTEA_ARRAY),
        (&probabilities, Type::FLOAT8_ARRAY),
        (&details, Type::TEXT_ARRAY),
        (&holders, Type::UUID_ARRAY),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

fn reasons_json(record: &AssessmentRecord) -> Result<Value, DbError> {
    let of_layers = Layer::ALL.into_iter().map(|layer| {
        let kept = record.layer(layer);
        let json = LayerJson { explanation: kept.explanation.clone(), reasons: reasons_out(&kept.reasons) };
        (layer.as_str(), json)
    });
    let mut parts: BTreeMap<&str, LayerJson> = of_layers.collect();
    if !record.listed.is_empty() {
        parts.insert(LISTS, LayerJson { explanation: None, reasons: reasons_out(&record.listed) });
    }
    serde_json::to_value(parts).map_err(|error| DbError::Unreadable(format!("reasons: {error}")))
}

fn reasons_out(reasons: &[ReasonRecord]) -> Vec<ReasonJson> {
    let reason = |reason: &ReasonRecord| ReasonJson {
        code: reason.code.clone(),
        text: reason.text.clone(),
        contribution: reason.contribution,
    };
    reasons.iter().map(reason).collect()
}

fn reasons_in(reasons: Vec<ReasonJson>) -> Vec<ReasonRecord> {
    let reason = |reason: ReasonJson| ReasonRecord {
        code: reason.code,
        text: reason.text,
        contribution: reason.contribution,
    };
    reasons.into_iter().map(reason).collect()
}

/// An assessment as read back.
#[derive(Debug, Clone)]
pub struct StoredAssessment {
    /// Scores, reasons, versions, gate and alert.
    pub record: AssessmentRecord,
    /// The feature vector's bytes, of schema `record.versions.feature_schema`.
    pub features: Vec<u8>,
    /// The account's profile just before, when alerted.
    pub account_profile_before: Option<Vec<u8>>,
    /// The counterparty's merged profile just before, when alerted.
    pub counterparty_profile_before: Option<Vec<u8>>,
}

const FIND: &str = "
select id, risk_score, severity,
  statistical_outcome, statistical_score, behavioral_outcome, behavioral_score, ml_outcome, ml_score,
  reasons, feature_schema_id, features, configuration_version, baseline_id, model_id,
  gate, gate_reason, alert_id, alert_outcome, account_profile_before, counterparty_profile_before,
  fraud_probability, explanation_detail
from assessments
where id = any ($1)
order by id";

/// Reads assessments by id; unknown ids are left out.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn find(client: &impl GenericClient, ids: &[Uuid]) -> Result<Vec<StoredAssessment>, DbError> {
    let rows = client.query_typed(FIND, &[(&ids, Type::UUID_ARRAY)]).await?;
    rows.iter().map(read).collect()
}

const NEWEST: &str = "
select id
from assessments
order by id desc
limit 1";

/// The assessment that was received last; none before the first.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(client: &impl GenericClient) -> Result<Option<AssessmentId>, DbError> {
    let rows = client.query_typed(NEWEST, &[]).await?;
    Ok(rows.first().map(|row| row.try_get("id")).transpose()?.map(AssessmentId))
}

const OF_ALERT: &str = "
select id, risk_score, severity,
  statistical_outcome, statistical_score, behavioral_outcome, behavioral_score, ml_outcome, ml_score,
  reasons, feature_schema_id, features, configuration_version, baseline_id, model_id,
  gate, gate_reason, alert_id, alert_outcome, account_profile_before, counterparty_profile_before,
  fraud_probability, explanation_detail
from assessments
where alert_id = $1
order by id
limit $2";

/// Reads the assessments folded into an alert, oldest first, at most `limit`.
///
/// # Errors
/// When the database does not answer or a row cannot be read.
pub async fn of_alert(
    client: &impl GenericClient,
    alert: AlertId,
    limit: i64,
) -> Result<Vec<StoredAssessment>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&alert.0, Type::UUID), (&limit, Type::INT8)];
    let rows = client.query_typed(OF_ALERT, &params).await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<StoredAssessment, DbError> {
    let reasons: Value = row.try_get("reasons")?;
    let mut layers: BTreeMap<String, LayerJson> =
        serde_json::from_value(reasons).map_err(|error| DbError::Unreadable(format!("reasons: {error}")))?;
    let mut layer = |layer: Layer| {
        let json = layers.remove(layer.as_str()).unwrap_or_default();
        read_layer(row, layer, json)
    };
    let of_layers = [layer(Layer::Statistical)?, layer(Layer::Behavioral)?, layer(Layer::Ml)?];
    let listed = layers.remove(LISTS).unwrap_or_default();
    let record = AssessmentRecord {
        id: AssessmentId(row.try_get("id")?),
        risk: read_score(row.try_get("risk_score")?)?,
        severity: Severity::parse(row.try_get("severity")?)
            .map_err(|error| DbError::Unreadable(format!("a severity {error}")))?,
        layers: of_layers,
        probability: row.try_get("fraud_probability")?,
        detail: read_detail(row.try_get("explanation_detail")?)?,
        versions: Versions {
            feature_schema: row.try_get("feature_schema_id")?,
            configuration: row.try_get("configuration_version")?,
            baseline: row.try_get::<_, Option<Uuid>>("baseline_id")?.map(ModelId),
            model: row.try_get::<_, Option<Uuid>>("model_id")?.map(ModelId),
        },
        listed: reasons_in(listed.reasons),
        gate: gate(row)?,
        alert: alert(row)?,
    };
    Ok(StoredAssessment {
        record,
        features: row.try_get("features")?,
        account_profile_before: row.try_get("account_profile_before")?,
        counterparty_profile_before: row.try_get("counterparty_profile_before")?,
    })
}

fn read_layer(row: &Row, layer: Layer, json: LayerJson) -> Result<LayerRecord, DbError> {
    let word: &str = row.try_get(format!("{}_outcome", layer.as_str()).as_str())?;
    let score: Option<f64> = row.try_get(format!("{}_score", layer.as_str()).as_str())?;
    Ok(LayerRecord {
        outcome: OutcomeKind::parse(word)
            .ok_or_else(|| DbError::Unreadable(format!("layer outcome {word}")))?,
        score: score.map(read_score).transpose()?,
        explanation: json.explanation,
        reasons: reasons_in(json.reasons),
    })
}

fn read_detail(word: &str) -> Result<Detail, DbError> {
    Detail::parse(word).ok_or_else(|| DbError::Unreadable(format!("explanation detail {word}")))
}

fn read_score(value: f64) -> Result<RiskScore, DbError> {
    RiskScore::try_new(value).map_err(|error| DbError::Unreadable(error.to_string()))
}

fn gate(row: &Row) -> Result<Option<(Gate, String)>, DbError> {
    let Some(word) = row.try_get::<_, Option<&str>>("gate")? else {
        return Ok(None);
    };
    let gate = Gate::parse(word).ok_or_else(|| DbError::Unreadable(format!("gate {word}")))?;
    let reason: Option<String> = row.try_get("gate_reason")?;
    Ok(Some((gate, reason.unwrap_or_default())))
}

fn alert(row: &Row) -> Result<Option<(AlertId, AlertOutcome)>, DbError> {
    let id: Option<Uuid> = row.try_get("alert_id")?;
    let word: Option<&str> = row.try_get("alert_outcome")?;
    let Some((id, word)) = id.zip(word) else {
        return Ok(None);
    };
    let outcome =
        AlertOutcome::parse(word).ok_or_else(|| DbError::Unreadable(format!("alert outcome {word}")))?;
    Ok(Some((AlertId(id), outcome)))
}

/// What retraining and baselines learn from: one assessed transaction.
#[derive(Debug, Clone)]
pub struct LearningRow {
    /// Its id, for the next page.
    pub id: Uuid,
    /// Event time.
    pub occurred_at: Timestamp,
    /// Minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// The feed's category.
    pub category: Option<String>,
    /// The schema of `features`.
    pub feature_schema_id: i16,
    /// The feature vector's bytes.
    pub features: Vec<u8>,
}

const LEARNING_PAGE: &str = "
select t.id, t.occurred_at, t.amount_minor, t.currency, t.category, a.feature_schema_id, a.features
from transactions t
join assessments a on a.id = t.id
where t.id < $1
  and t.id >= lowest_id_at($2 - interval '10 minutes')
  and t.occurred_at >= $2
  and t.occurred_at < $3
order by t.id desc
limit $4";

/// A page of what happened in `[from, to)`, newest received first, from before `before`. Nothing is received
/// more than 10 minutes before it occurred, which bounds how far back ids are read.
///
/// # Errors
/// When the database does not answer.
pub async fn learning_page(
    client: &impl GenericClient,
    before: Uuid,
    span: (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<LearningRow>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 4] = [
        (&before, Type::UUID),
        (&span.0, Type::TIMESTAMPTZ),
        (&span.1, Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    let rows = client.query_typed(LEARNING_PAGE, &params).await?;
    rows.iter().map(read_learning).collect()
}

fn read_learning(row: &Row) -> Result<LearningRow, DbError> {
    Ok(LearningRow {
        id: row.try_get("id")?,
        occurred_at: row.try_get("occurred_at")?,
        amount_minor: row.try_get("amount_minor")?,
        currency: row.try_get("currency")?,
        category: row.try_get("category")?,
        feature_schema_id: row.try_get("feature_schema_id")?,
        features: row.try_get("features")?,
    })
}
