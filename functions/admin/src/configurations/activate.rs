//! `POST /api/v1/configurations/{version}/activate`

use crate::wire::configuration::ConfigurationOut;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, RequestId};
use shared::http::precondition::{IfMatch, Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::tuning::activate as activate_version;

/// Goes back to a version, or forward to one.
#[utoipa::path(
    post, path = "/api/v1/configurations/{version}/activate", tag = "configuration", operation_id = "activate_configuration",
    params(("version" = i64, Path, description = "A version's number."), ("If-Match" = Option<String>, Header, description = "The active version that was seen, in quotes.")),
    responses((status = 200, body = ConfigurationOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn activate(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    IfMatch(seen): IfMatch,
    Path(version): Path<String>,
) -> Result<Tagged<ConfigurationOut>, Error> {
    let mut session = admit(&state, &credentials, Permission::Administer, clock::now()).await?;
    // What cannot be a version names none.
    let number = version.parse().map_err(|_| Error::not_found("configuration version"))?;
    let version = activate_version(&mut session, number, (&seen, &request_id)).await?;
    Ok(tagged(version.number, ConfigurationOut::from(version)))
}
