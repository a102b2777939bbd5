//! Storing an artifact as a version and making it active, audited.

use super::Moment;
use crate::db::audit;
use crate::db::configurations::{self, ActiveVersions};
use crate::db::models::{self, ModelKind, NewModel};
use crate::detection::features::FEATURE_SCHEMA_ID;
use crate::domain::audit::AuditEntry;
use crate::domain::configuration::Configuration;
use crate::domain::ids::ModelId;
use crate::error::Error;
use crate::state::AppState;
use crate::workflow::audit::append;
use crate::workflow::configuration;
use crate::workflow::entropy;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// An artifact that was just made.
pub(super) struct Made {
    pub kind: ModelKind,
    pub artifact: Vec<u8>,
    pub n_rows: usize,
    /// The event times it was made from: `[from, to)`.
    pub span: (Timestamp, Timestamp),
    pub seed: i64,
}

/// Stores the artifact and makes it the active one of its kind, in one SQL transaction, and with it the
/// configuration that was learned along, if any.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn promote(
    state: &AppState,
    made: Made,
    (moment, learned): (Moment, Option<Configuration>),
) -> Result<Value, Error> {
    let model = new_model(made, moment)?;
    let report = json!({
        "model_id": model.id.to_string(),
        "kind": model.kind.as_str(),
        "n_rows": model.n_rows,
        "size_bytes": model.artifact.len(),
        "as_of": moment.as_of.to_string(),
    });
    let mut connection = state.database.connect().await?;
    let client = connection.begin().await?;
    models::insert(client, &model).await?;
    // The chains' locks come before what they record, so that of two at once the second names what the first
    // made; that of the configuration first, which seeding takes too before the row of the active versions.
    if learned.is_some() {
        audit::lock_head(client, configuration::CHAIN).await?;
    }
    audit::lock_head(client, &model.kind.chain()).await?;
    let before = configurations::active(client).await?;
    let mut active = ActiveVersions { configuration: None, baseline: None, model: None };
    let replaced = match model.kind {
        ModelKind::PopulationBaseline => {
            active.baseline = Some(model.id);
            before.baseline
        }
        ModelKind::IsolationForest | ModelKind::SupervisedForest => {
            active.model = Some(model.id);
            before.model
        }
    };
    configurations::activate(client, active).await?;
    append(client, entry(&model, replaced, &report)).await?;
    if let Some(configuration) = learned {
        configuration::adapt(client, &configuration, moment.now).await?;
    }
    connection.commit().await?;
    Ok(report)
}

fn new_model(made: Made, moment: Moment) -> Result<NewModel, Error> {
    Ok(NewModel {
        id: ModelId::mint(moment.now, entropy::for_id()?),
        kind: made.kind,
        artifact_sha256: Sha256::digest(&made.artifact).into(),
        artifact: made.artifact,
        feature_schema_id: FEATURE_SCHEMA_ID,
        n_rows: i64::try_from(made.n_rows).unwrap_or(i64::MAX),
        span: made.span,
        seed: made.seed,
        created_at: moment.now,
    })
}

fn entry(model: &NewModel, replaced: Option<ModelId>, report: &Value) -> AuditEntry {
    AuditEntry {
        chain: model.kind.chain(),
        actor: "system".into(),
        action: "model_promoted".into(),
        at: model.created_at,
        request_id: String::new(),
        before: json!({"model_id": replaced.map(|id| id.to_string())}),
        after: report.clone(),
    }
}
