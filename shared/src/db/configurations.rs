//! Configuration versions, and which versions are active.

use super::error::DbError;
use crate::domain::approval::ApprovalRule;
use crate::domain::clocks::Clocks;
use crate::domain::configuration::{AlertBudget, Configuration, LabelMaturity};
use crate::domain::ids::ModelId;
use crate::domain::score::{Layer, Weights};
use crate::domain::severity::Thresholds;
use jiff::Timestamp;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row};
use uuid::Uuid;

/// The versions that a request scores with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActiveVersions {
    /// The configuration; none before the first start.
    pub configuration: Option<i64>,
    /// The population baseline; none before the first was made.
    pub baseline: Option<ModelId>,
    /// The ml layer's champion; none before the first was trained.
    pub model: Option<ModelId>,
}

const ACTIVE: &str = "select configuration_version, baseline_id, model_id from active_versions";

/// Reads the active versions.
///
/// # Errors
/// When the database does not answer.
pub async fn active(client: &impl GenericClient) -> Result<ActiveVersions, DbError> {
    let rows = client.query_typed(ACTIVE, &[]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("active_versions has no row".into()))?;
    Ok(ActiveVersions {
        configuration: row.try_get("configuration_version")?,
        baseline: row.try_get::<_, Option<Uuid>>("baseline_id")?.map(ModelId),
        model: row.try_get::<_, Option<Uuid>>("model_id")?.map(ModelId),
    })
}

const FIND: &str = "
select threshold_medium, threshold_high, weight_statistical, weight_behavioral, weight_ml, alert_cap_per_account_hour,
  label_maturity_days, alert_budget, sla_respond_minutes, sla_resolve_minutes, approval_from_severity
from configurations
where version = $1";

/// Reads one version.
///
/// # Errors
/// When it is unknown or the database does not answer.
pub async fn find(client: &impl GenericClient, version: i64) -> Result<Configuration, DbError> {
    let rows = client.query_typed(FIND, &[(&version, Type::INT8)]).await?;
    let row =
        rows.first().ok_or_else(|| DbError::Unreadable(format!("configuration {version} is missing")))?;
    read(row)
}

/// How a version came to be.
#[derive(Debug, Clone)]
pub struct Making {
    /// environment, deployment, person or adaptation.
    pub origin: String,
    /// Fields that a person has fixed.
    pub fixed: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Whether there is no newer one.
    pub is_newest: bool,
}

const MAKING: &str = "
select c.origin, c.fixed, c.created_by, c.created_at,
  not exists (select from configurations n where n.version > c.version) as is_newest
from configurations c
where c.version = $1";

/// How a version came to be; none where there is no such version.
///
/// # Errors
/// When the database does not answer.
pub async fn making(client: &impl GenericClient, version: i64) -> Result<Option<Making>, DbError> {
    let rows = client.query_typed(MAKING, &[(&version, Type::INT8)]).await?;
    rows.first()
        .map(|row| {
            Ok(Making {
                origin: row.try_get("origin")?,
                fixed: row.try_get("fixed")?,
                created_by: row.try_get("created_by")?,
                created_at: row.try_get("created_at")?,
                is_newest: row.try_get("is_newest")?,
            })
        })
        .transpose()
}

const NEWEST_SEEDED: &str = "
select threshold_medium, threshold_high, weight_statistical, weight_behavioral, weight_ml, alert_cap_per_account_hour,
  label_maturity_days, alert_budget, sla_respond_minutes, sla_resolve_minutes, approval_from_severity
from configurations
where origin in ('environment', 'deployment')
order by version desc
limit 1";

/// The values that the environment seeded last; none before the first start.
///
/// # Errors
/// When the database does not answer.
pub async fn newest_seeded(client: &impl GenericClient) -> Result<Option<Configuration>, DbError> {
    let rows = client.query_typed(NEWEST_SEEDED, &[]).await?;
    rows.first().map(read).transpose()
}

fn read(row: &Row) -> Result<Configuration, DbError> {
    let unreadable =
        |error: crate::domain::Invalid| DbError::Unreadable(format!("a configuration's {error}"));
    let cap: i64 = row.try_get("alert_cap_per_account_hour")?;
    let maturity_days: i16 = row.try_get("label_maturity_days")?;
    Ok(Configuration {
        thresholds: Thresholds::try_new(row.try_get("threshold_medium")?, row.try_get("threshold_high")?)
            .map_err(unreadable)?,
        weights: Weights::try_new(
            row.try_get("weight_statistical")?,
            row.try_get("weight_behavioral")?,
            row.try_get("weight_ml")?,
        )
        .map_err(unreadable)?,
        alert_cap_per_account_hour: u32::try_from(cap)
            .map_err(|_| DbError::Unreadable("a configuration's alert cap is out of range".into()))?,
        label_maturity: LabelMaturity::try_new(u16::try_from(maturity_days).unwrap_or(u16::MAX))
            .map_err(unreadable)?,
        alert_budget: AlertBudget::try_new(row.try_get("alert_budget")?).map_err(unreadable)?,
        clocks: Clocks::try_new(minutes(row, "sla_respond_minutes")?, minutes(row, "sla_resolve_minutes")?)
            .map_err(unreadable)?,
        approval: ApprovalRule::parse(row.try_get("approval_from_severity")?).map_err(unreadable)?,
    })
}

/// The minutes of each severity.
fn minutes(row: &Row, column: &str) -> Result<[u32; 5], DbError> {
    let stored: Vec<i32> = row.try_get(column)?;
    let minutes: Option<Vec<u32>> = stored.into_iter().map(|minutes| u32::try_from(minutes).ok()).collect();
    minutes.and_then(|minutes| minutes.try_into().ok()).ok_or_else(|| {
        DbError::Unreadable(format!("a configuration's {column} are not those of five severities"))
    })
}

const INSERT: &str = "
insert into configurations (
  threshold_medium, threshold_high, weight_statistical, weight_behavioral, weight_ml, alert_cap_per_account_hour,
  label_maturity_days, alert_budget, origin, created_by, created_at, sla_respond_minutes, sla_resolve_minutes,
  fixed, approval_from_severity
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
returning version";

/// Writes a version; `origin` is environment, deployment, person or adaptation, `fixed` what a person has fixed of it.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(
    client: &impl GenericClient,
    configuration: &Configuration,
    (origin, fixed): (&str, &[String]),
    made: (&str, Timestamp),
) -> Result<i64, DbError> {
    let [statistical, behavioral, ml] = Layer::ALL.map(|layer| configuration.weights.of(layer));
    let (medium, high) = (configuration.thresholds.medium(), configuration.thresholds.high());
    let cap = i64::from(configuration.alert_cap_per_account_hour);
    let maturity_days = i16::try_from(configuration.label_maturity.days()).unwrap_or(i16::MAX);
    let budget = configuration.alert_budget.share();
    let [respond, resolve] = [configuration.clocks.respond_minutes(), configuration.clocks.resolve_minutes()]
        .map(|clock| clock.map(|minutes| i32::try_from(minutes).unwrap_or(i32::MAX)).to_vec());
    let (by, at) = made;
    let approval = configuration.approval.as_str();
    let params: [(&(dyn ToSql + Sync), Type); 15] = [
        (&medium, Type::FLOAT8),
        (&high, Type::FLOAT8),
        (&statistical, Type::FLOAT8),
        (&behavioral, Type::FLOAT8),
        (&ml, Type::FLOAT8),
        (&cap, Type::INT8),
        (&maturity_days, Type::INT2),
        (&budget, Type::FLOAT8),
        (&origin, Type::TEXT),
        (&by, Type::TEXT),
        (&at, Type::TIMESTAMPTZ),
        (&respond, Type::INT4_ARRAY),
        (&resolve, Type::INT4_ARRAY),
        (&fixed, Type::TEXT_ARRAY),
        (&approval, Type::TEXT),
    ];
    let rows = client.query_typed(INSERT, &params).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable("a configuration has no version".into()))?;
    Ok(row.try_get("version")?)
}

const ACTIVATE: &str = "
update active_versions
set configuration_version = coalesce($1, configuration_version),
  baseline_id = coalesce($2, baseline_id),
  model_id = coalesce($3, model_id)";

/// Makes the versions that are given active and leaves the others; the SQL transaction holds the lock of the
/// audit chain that records it.
///
/// # Errors
/// When the database does not answer.
pub async fn activate(client: &impl GenericClient, versions: ActiveVersions) -> Result<(), DbError> {
    let baseline = versions.baseline.map(|id| id.0);
    let model = versions.model.map(|id| id.0);
    let params: [(&(dyn ToSql + Sync), Type); 3] =
        [(&versions.configuration, Type::INT8), (&baseline, Type::UUID), (&model, Type::UUID)];
    client.execute_typed(ACTIVATE, &params).await?;
    Ok(())
}

/// A version with where it comes from.
#[derive(Debug, Clone)]
pub struct ListedVersion {
    /// Its number.
    pub version: i64,
    /// Its rules.
    pub configuration: Configuration,
    /// environment, deployment, person or adaptation.
    pub origin: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Whether it is the one in use.
    pub is_active: bool,
}

const PAGE: &str = "
select c.version, c.threshold_medium, c.threshold_high, c.weight_statistical, c.weight_behavioral, c.weight_ml,
  c.alert_cap_per_account_hour, c.label_maturity_days, c.alert_budget, c.origin, c.created_by, c.created_at,
  c.sla_respond_minutes, c.sla_resolve_minutes, c.approval_from_severity,
  coalesce(c.version = (select v.configuration_version from active_versions v), false) as is_active
from configurations c
where $1::int8 is null or c.version < $1
order by c.version desc
limit $2";

/// A page of the versions, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    client: &impl GenericClient,
    after: Option<i64>,
    limit: i64,
) -> Result<Vec<ListedVersion>, DbError> {
    let params: [(&(dyn ToSql + Sync), Type); 2] = [(&after, Type::INT8), (&limit, Type::INT8)];
    let rows = client.query_typed(PAGE, &params).await?;
    rows.iter()
        .map(|row| {
            Ok(ListedVersion {
                version: row.try_get("version")?,
                configuration: read(row)?,
                origin: row.try_get("origin")?,
                created_by: row.try_get("created_by")?,
                created_at: row.try_get("created_at")?,
                is_active: row.try_get("is_active")?,
            })
        })
        .collect()
}
