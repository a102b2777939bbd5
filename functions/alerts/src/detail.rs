//! `GET /api/v1/alerts/{id}`

use crate::wire::DetailOut;
use axum::extract::{Path, State};
use shared::domain::access::Permission;
use shared::domain::ids::AlertId;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::Caller;
use shared::http::precondition::{Tagged, tagged};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::alerts::detail;

/// One alert with its transaction, features, layers' scores, comparison with the account's habit, and audit.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}", tag = "alerts", operation_id = "read_alert",
    params(("id" = String, Path, description = "`alr_` and a UUID")),
    responses((status = 200, body = DetailOut)), security(("key" = ["read"]))
)]
pub(crate) async fn read(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    Path(id): Path<String>,
) -> Result<Tagged<DetailOut>, Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    // An id that cannot be an id names nothing.
    let id = AlertId::parse(&id).map_err(|_| Error::not_found("alert"))?;
    let detail = detail(&state, &session, id).await?;
    Ok(tagged(detail.alert.version(), DetailOut::from(&detail)))
}
