//! `GET /api/v1/assessments/{id}`

use crate::wire::explanation::ExplainedOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::AssessmentId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::explanation;

/// One assessment, explained.
///
/// With its transaction, its reasons down to the risk score, every feature and contribution, the
/// account's habit, and what would have kept it below medium.
#[utoipa::path(
    get, path = "/api/v1/assessments/{id}", tag = "assessments", operation_id = "read_assessment",
    params(("id" = String, Path, description = "`asm_` and a UUID")),
    responses((status = 200, body = ExplainedOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<ExplainedOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AssessmentId::parse(&id).map_err(|_| Error::not_found("assessment"))?;
    Ok(Json(ExplainedOut::from(&explanation::read(&state, &session, id).await?)))
}
