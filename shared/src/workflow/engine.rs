//! The detection engine of the active versions, kept between requests and replaced when they change.

use crate::db::configurations::{self, ActiveVersions};
use crate::db::models;
use crate::detection::engine::{DetectionEngine, EngineParts};
use crate::detection::ml::MlModel;
use crate::detection::population::PopulationBaseline;
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
    let model = artifact(client, active.model, MlModel::decode).await?;
    Ok(DetectionEngine::new(EngineParts {
        configuration_version: version,
        configuration: configurations::find(client, version).await?,
        baseline: artifact(client, active.baseline, PopulationBaseline::decode).await?,
        model: model
            .map(|(id, loaded)| (id, loaded.unwrap_or_else(|reason| Arc::new(MlModel::unusable(reason))))),
    }))
}

/// An artifact, or why it cannot be read.
type Loaded<T> = Result<Arc<T>, String>;

async fn artifact<T, E: std::fmt::Display>(
    client: &impl GenericClient,
    id: Option<ModelId>,
    decode: impl Fn(&[u8]) -> Result<T, E>,
) -> Result<Option<(ModelId, Loaded<T>)>, Error> {
    let Some(id) = id else {
        return Ok(None);
    };
    let (bytes, stored_hash) = models::find(client, id).await?;
    let loaded = if Sha256::digest(&bytes).as_slice() == stored_hash {
        decode(&bytes).map_err(|error| format!("{id} cannot be read: {error}"))
    } else {
        Err(format!("{id} does not match the hash it was stored with"))
    };
    if let Err(reason) = &loaded {
        tracing::error!(model_id = %id, "model {id} was not loaded: {reason}");
    }
    Ok(Some((id, loaded.map(Arc::new))))
}
