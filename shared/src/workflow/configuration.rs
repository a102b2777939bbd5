//! Configuration versions: seeding from the environment.

use super::audit::append;
use crate::config::Config;
use crate::db::configurations::{self, ActiveVersions};
use crate::db::connection::Connection;
use crate::domain::audit::AuditEntry;
use crate::domain::configuration::Configuration;
use crate::domain::score::Layer;
use crate::error::Error;
use crate::state::AppState;
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_postgres::GenericClient;

/// The audit chain of configuration versions; who changes which is active locks its head before any other row.
pub(super) const CHAIN: &str = "configuration";
/// Who makes a version that no person asked for.
const SYSTEM: &str = "system";
/// What a person has fixed when they have chosen the layers' weights.
pub(super) const WEIGHTS: &str = "weights";

/// Makes a version from the environment when there is none yet, or when a value there differs from the one
/// seeded last and the configuration is not pinned. Returns the new version, if one was made.
///
/// # Errors
/// When the database does not answer.
pub async fn seed(state: &AppState, now: Timestamp) -> Result<Option<i64>, Error> {
    let mut connection = state.database.connect().await?;
    seed_on(&mut connection, &state.config, now).await
}

/// The same on a connection at hand, in a SQL transaction of its own: a function instance has only one
/// connection, and the chain's lock is not to be held for longer.
pub(super) async fn seed_on(
    connection: &mut Connection,
    config: &Config,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    let client = connection.begin().await?;
    let version = seed_within(client, config, now).await?;
    connection.commit().await?;
    Ok(version)
}

async fn seed_within(
    client: &impl GenericClient,
    config: &Config,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    // The chain's lock comes first, so that two starts at once make one version.
    crate::db::audit::lock_head(client, CHAIN).await?;
    let seeded = configurations::newest_seeded(client).await?;
    let (origin, by) = match seeded {
        None => ("environment", "system"),
        Some(seeded) if seeded == config.initial || config.is_pinned => return Ok(None),
        Some(_) => ("deployment", "by deployment"),
    };
    let active_before = configurations::active(client).await?.configuration;
    let version = configurations::insert(client, &config.initial, (origin, &[]), (by, now)).await?;
    let active = ActiveVersions { configuration: Some(version), baseline: None, model: None };
    configurations::activate(client, active).await?;
    if let Some(active) = active_before {
        warn_of_fewer_eyes(&configurations::find(client, active).await?, &config.initial);
    }
    let before = seeded.map_or(Value::Null, |seeded| describe(&seeded));
    append(client, entry(version, before, describe(&config.initial), (SYSTEM, now, ""))).await?;
    Ok(Some(version))
}

/// Makes what was learned the active version, unless a person has fixed the weights: by a version of their own, by going
/// back to an older one, or by other weights than the default in the environment. Returns the new version, if one was
/// made.
///
/// # Errors
/// When the database does not answer.
#[cfg(feature = "train")]
pub(super) async fn adapt(
    client: &impl GenericClient,
    learned: &Configuration,
    now: Timestamp,
) -> Result<Option<i64>, Error> {
    crate::db::audit::lock_head(client, CHAIN).await?;
    let Some(active) = configurations::active(client).await?.configuration else {
        return Ok(None);
    };
    let seeded = configurations::newest_seeded(client).await?;
    let making = configurations::making(client, active).await?;
    let making = making.ok_or_else(|| Error::internal(format!("configuration {active} is missing")))?;
    let is_fixed = seeded.is_none_or(|seeded| seeded.weights != crate::domain::score::Weights::default())
        || making.fixed.iter().any(|field| field == WEIGHTS)
        || !making.is_newest;
    if is_fixed {
        return Ok(None);
    }
    let before = configurations::find(client, active).await?;
    // Only the weights were learned: another field may have changed since it was begun.
    let adapted = Configuration { weights: learned.weights, ..before };
    let version =
        configurations::insert(client, &adapted, ("adaptation", &making.fixed), (SYSTEM, now)).await?;
    let activated = ActiveVersions { configuration: Some(version), baseline: None, model: None };
    configurations::activate(client, activated).await?;
    append(client, entry(version, describe(&before), describe(&adapted), (SYSTEM, now, ""))).await?;
    Ok(Some(version))
}

/// Who changes which version is active, when, and in which request.
pub(super) type By<'a> = (&'a str, Timestamp, &'a str);

pub(super) fn entry(
    version: i64,
    before: Value,
    mut after: Value,
    (actor, at, request_id): By<'_>,
) -> AuditEntry {
    after["version"] = version.into();
    AuditEntry {
        chain: CHAIN.into(),
        actor: actor.to_owned(),
        action: "configuration_activated".into(),
        at,
        request_id: request_id.to_owned(),
        before,
        after,
    }
}

/// Four eyes that are switched off or asked of fewer alerts are said aloud: it may be one of several changes at once.
pub(super) fn warn_of_fewer_eyes(before: &Configuration, after: &Configuration) {
    if !before.approval.covers_no_more_than(after.approval) {
        tracing::warn!(
            before = before.approval.as_str(),
            after = after.approval.as_str(),
            "fewer decisions want a second person than before"
        );
    }
}

pub(super) fn describe(configuration: &Configuration) -> Value {
    let [statistical, behavioral, ml] = Layer::ALL.map(|layer| configuration.weights.of(layer));
    json!({
        "threshold_medium": configuration.thresholds.medium(),
        "threshold_high": configuration.thresholds.high(),
        "weight_statistical": statistical,
        "weight_behavioral": behavioral,
        "weight_ml": ml,
        "alert_cap_per_account_hour": configuration.alert_cap_per_account_hour,
        "label_maturity_days": configuration.label_maturity.days(),
        "alert_budget": configuration.alert_budget.share(),
        "sla_respond_minutes": configuration.clocks.respond_minutes(),
        "sla_resolve_minutes": configuration.clocks.resolve_minutes(),
        "approval_from_severity": configuration.approval.as_str(),
    })
}
