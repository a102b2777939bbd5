//! The detection engine of the active versions, kept between requests and replaced when they change.

use crate::db::configurations::{self, ActiveVersions};
use crate::db::error::DbError;
use crate::db::models;
use crate::detection::engine::{DetectionEngine, EngineParts};
use crate::detection::ml::{MlModel, ModelError};
use crate::detection::population::{PopulationBaseline, PopulationError};
use crate::domain::assessment::Versions;
use crate::domain::ids::ModelId;
use crate::error::Error;
use crate::state::AppState;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use tokio_postgres::GenericClient;

/// The engine for these versions: the kept one when it matches, else a new one, which is kept.
///
/// # Errors
/// When the database does not answer. A model that is corrupt or missing is no error here: its layer fails,
/// and the assessment needs review.
pub async fn for_versions(
    state: &AppState,
    client: &impl GenericClient,
    active: ActiveVersions,
) -> Result<Arc<DetectionEngine>, Error> {
    if let Some(engine) = state.engine.load_full()
        && is_current(&engine, active)
    {
        return Ok(engine);
    }
    let engine = Arc::new(load(client, active).await?);
    state.engine.store(Some(Arc::clone(&engine)));
    Ok(engine)
}

/// The engine of the versions active now, for tasks.
///
/// # Errors
/// As [`for_versions`].
pub async fn active(state: &AppState) -> Result<Arc<DetectionEngine>, Error> {
    let connection = state.database.connect().await?;
    let client = connection.client()?;
    let versions = configurations::active(client).await?;
    for_versions(state, client, versions).await
}

/// The engine of exactly the versions that an assessment names: the kept one when it matches, else one that is
/// made for this call and not kept, since old assessments are read one at a time.
///
/// # Errors
/// As [`for_versions`].
pub async fn of_versions(
    state: &AppState,
    client: &impl GenericClient,
    versions: Versions,
) -> Result<Arc<DetectionEngine>, Error> {
    let Versions { configuration, baseline, model, .. } = versions;
    let named = ActiveVersions { configuration: Some(configuration), baseline, model };
    match state.engine.load_full() {
        Some(engine) if is_current(&engine, named) => Ok(engine),
        Some(_) | None => Ok(Arc::new(load(client, named).await?)),
    }
}

fn is_current(engine: &DetectionEngine, active: ActiveVersions) -> bool {
    let versions = engine.versions();
    active.configuration == Some(versions.configuration)
        && active.baseline == versions.baseline
        && active.model == versions.model
}

async fn load(client: &impl GenericClient, active: ActiveVersions) -> Result<DetectionEngine, Error> {
    let version = active.configuration.ok_or_else(|| {
        Error::internal("no configuration is active; `configuration::seed` makes the first")
    })?;
    let model = artifact(client, active.model, |bytes| match MlModel::decode(bytes) {
        Err(ModelError::Outdated) => Ok(MlModel::outdated()),
        other => other,
    });
    let baseline = artifact(client, active.baseline, |bytes| match PopulationBaseline::decode(bytes) {
        Err(PopulationError::Outdated) => Ok(None),
        other => other.map(Some),
    });
    let (model, baseline) = (model.await?, baseline.await?);
    Ok(DetectionEngine::new(EngineParts {
        configuration_version: version,
        configuration: configurations::find(client, version).await?,
        baseline: baseline.map(|(id, loaded)| (id, loaded.map(|known| known.map(Arc::new)))),
        model: model.map(|(id, loaded)| (id, Arc::new(loaded.unwrap_or_else(MlModel::unusable)))),
    }))
}

/// An artifact, or why it cannot be read.
type Loaded<T> = Result<T, String>;

async fn artifact<T, E: std::fmt::Display>(
    client: &impl GenericClient,
    id: Option<ModelId>,
    decode: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<Option<(ModelId, Loaded<T>)>, Error> {
    let Some(id) = id else {
        return Ok(None);
    };
    let loaded = match models::find(client, id).await {
        Ok((bytes, stored_hash)) if Sha256::digest(&bytes).as_slice() == stored_hash => {
            decode(&bytes).map_err(|error| format!("{id} cannot be read: {error}"))
        }
        Ok(_) => Err(format!("{id} does not match the hash it was stored with")),
        Err(DbError::Unreadable(reason)) => Err(reason),
        Err(error) => return Err(error.into()),
    };
    if let Err(reason) = &loaded {
        tracing::error!(model_id = %id, "model {id} was not loaded: {reason}");
    }
    Ok(Some((id, loaded)))
}
