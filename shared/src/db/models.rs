//! Versioned artifacts: population baselines and forests.

use super::error::DbError;
use crate::domain::ids::ModelId;
use jiff::Timestamp;
use tokio_postgres::GenericClient;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

/// What kind of artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelKind {
    /// What is normal in the whole population.
    PopulationBaseline,
    /// The ml layer's unsupervised model.
    IsolationForest,
    /// The ml layer's model that learned from labels.
    SupervisedForest,
}

impl ModelKind {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PopulationBaseline => "population_baseline",
            Self::IsolationForest => "isolation_forest",
            Self::SupervisedForest => "supervised_forest",
        }
    }

    /// Its audit chain.
    pub fn chain(self) -> String {
        match self {
            Self::PopulationBaseline => "model:population_baseline".to_owned(),
            // One layer, one chain: a champion of either kind replaces one of the other.
            Self::IsolationForest | Self::SupervisedForest => "model:ml".to_owned(),
        }
    }
}

/// An artifact to store.
#[derive(Debug, Clone)]
pub struct NewModel {
    /// Minted from the server's clock.
    pub id: ModelId,
    /// Its kind.
    pub kind: ModelKind,
    /// The encoded artifact.
    pub artifact: Vec<u8>,
    /// SHA-256 of it.
    pub artifact_sha256: [u8; 32],
    /// The features it reads.
    pub feature_schema_id: i16,
    /// Rows it learned from.
    pub n_rows: i64,
    /// Event times it learned from: `[from, to)`.
    pub span: (Timestamp, Timestamp),
    /// The seed it was made with.
    pub seed: i64,
    /// The server's clock.
    pub created_at: Timestamp,
}

const INSERT: &str = "
insert into models (
  id, kind, artifact, artifact_sha256, feature_schema_id, n_rows, data_from, data_to, as_of, seed, created_at
)
values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)";

/// Writes an artifact.
///
/// # Errors
/// When the database does not answer.
pub async fn insert(client: &impl GenericClient, model: &NewModel) -> Result<(), DbError> {
    let (kind, hash) = (model.kind.as_str(), model.artifact_sha256.as_slice());
    let params: [(&(dyn ToSql + Sync), Type); 10] = [
        (&model.id.0, Type::UUID),
        (&kind, Type::TEXT),
        (&model.artifact, Type::BYTEA),
        (&hash, Type::BYTEA),
        (&model.feature_schema_id, Type::INT2),
        (&model.n_rows, Type::INT8),
        (&model.span.0, Type::TIMESTAMPTZ),
        (&model.span.1, Type::TIMESTAMPTZ),
        (&model.seed, Type::INT8),
        (&model.created_at, Type::TIMESTAMPTZ),
    ];
    client.execute_typed(INSERT, &params).await?;
    Ok(())
}

const FIND: &str = "select artifact, artifact_sha256 from models where id = $1";

/// Reads an artifact and the hash it was stored with.
///
/// # Errors
/// When it is unknown or the database does not answer.
pub async fn find(client: &impl GenericClient, id: ModelId) -> Result<(Vec<u8>, Vec<u8>), DbError> {
    let rows = client.query_typed(FIND, &[(&id.0, Type::UUID)]).await?;
    let row = rows.first().ok_or_else(|| DbError::Unreadable(format!("model {id} is missing")))?;
    Ok((row.try_get("artifact")?, row.try_get("artifact_sha256")?))
}

/// What is known of an artifact without its bytes.
#[derive(Debug, Clone)]
pub struct ModelFacts {
    /// Its id.
    pub id: ModelId,
    /// The stored word of its kind.
    pub kind: String,
    /// SHA-256 of the artifact.
    pub artifact_sha256: Vec<u8>,
    /// The features it reads.
    pub feature_schema_id: i16,
    /// Rows it learned from.
    pub n_rows: i64,
    /// Event times it learned from: `[from, to)`.
    pub span: (Timestamp, Timestamp),
    /// The seed it was made with.
    pub seed: i64,
    /// The server's clock.
    pub created_at: Timestamp,
}

const FACTS: &str = "
select id, kind, artifact_sha256, feature_schema_id, n_rows, data_from, data_to, seed, created_at
from models
where id = any ($1)
order by id";

/// What is known of these artifacts; unknown ids are left out.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(client: &impl GenericClient, ids: &[Uuid]) -> Result<Vec<ModelFacts>, DbError> {
    let rows = client.query_typed(FACTS, &[(&ids, Type::UUID_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            Ok(ModelFacts {
                id: ModelId(row.try_get("id")?),
                kind: row.try_get("kind")?,
                artifact_sha256: row.try_get("artifact_sha256")?,
                feature_schema_id: row.try_get("feature_schema_id")?,
                n_rows: row.try_get("n_rows")?,
                span: (row.try_get("data_from")?, row.try_get("data_to")?),
                seed: row.try_get("seed")?,
                created_at: row.try_get("created_at")?,
            })
        })
        .collect()
}
