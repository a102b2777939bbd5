//! Artifacts that cannot be read.

use super::app::TestApp;
use uuid::Uuid;

/// Stores an artifact that cannot be read and makes it active; `sha` covers it or, for a torn write, does not.
pub async fn break_artifact(app: &TestApp, kind: &str, is_torn: &str) -> Uuid {
    let id = Uuid::now_v7();
    let client = app.database.owner().await;
    let insert = format!(
        "insert into models (
          id, kind, artifact, artifact_sha256, feature_schema_id, n_rows, data_from, data_to, as_of, seed, created_at
        )
        values ($1, $2, '\\xdeadbeef', sha256('\\xdeadbeef{is_torn}'), 1, 1, now(), now(), now(), 0, now())"
    );
    client.execute(&insert, &[&id, &kind]).await.expect("the artifact is broken");
    let column = if kind == "isolation_forest" { "model_id" } else { "baseline_id" };
    client
        .execute(&format!("update active_versions set {column} = $1"), &[&id])
        .await
        .expect("the artifact is broken");
    id
}
