//! `POST /api/v1/sessions`

use crate::wire::session::SessionOut;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, OptionalJsonBody};
use shared::http::fields::Fields;
use shared::http::present::{NO_STORE, Unkept};
use shared::http::session::seal;
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::sessions::{self, MAX_LIFETIME};
use utoipa::ToSchema;

/// What `POST /api/v1/sessions` takes; read field by field below.
#[derive(ToSchema)]
#[schema(as = NewSession)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
struct SessionIn {
    /// How long it lives; eight hours when left out.
    #[schema(minimum = 60, maximum = 28_800, default = 28_800)]
    lifetime_seconds: Option<i64>,
}

/// The shortest that a session lives.
const MIN_SECONDS: i64 = 60;

/// Exchanges a key for a session: a token that may do what the key may, and ends by itself.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "access", operation_id = "begin_session",
    request_body = Option<SessionIn>, responses((status = 201, body = SessionOut)), security(("key" = ["read"]))
)]
pub(crate) async fn begin(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<(StatusCode, Unkept<SessionOut>), Error> {
    let session = admit(&state, &credentials, Permission::Read, clock::now()).await?;
    let lifetime = read_lifetime(&body)?;
    let claim = sessions::begin(&session, &credentials, lifetime).await?;
    let token = seal(&state.config.secret_key, &credentials.key_id, claim)?;
    Ok((StatusCode::CREATED, (NO_STORE, Json(SessionOut::new(token, claim, &session.actor)))))
}

fn read_lifetime(body: &Value) -> Result<SignedDuration, Error> {
    let mut fields = Fields::new(body, "");
    let lifetime = fields.whole_number("lifetime_seconds", MIN_SECONDS..=MAX_LIFETIME.as_secs());
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    Ok(lifetime.map_or(MAX_LIFETIME, SignedDuration::from_secs))
}
