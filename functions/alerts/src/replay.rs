//! `GET /api/v1/assessments/{id}/replay`

use crate::wire::replay::ReplayOut;
use axum::Json;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::AssessmentId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::replay::replay;

/// Recomputes one assessment from what was stored with it, and says whether it is identical to the bit.
#[utoipa::path(
    get, path = "/api/v1/assessments/{id}/replay", tag = "assessments", operation_id = "replay_assessment",
    params(("id" = String, Path, description = "`asm_` and a UUID")),
    responses((status = 200, body = ReplayOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Json<ReplayOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let id = AssessmentId::parse(&id).map_err(|_| Error::not_found("assessment"))?;
    Ok(Json(ReplayOut::from(replay(&state, &session, id).await?)))
}
