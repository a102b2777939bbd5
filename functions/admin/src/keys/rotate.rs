//! `POST /api/v1/keys/{id}/rotate`

use crate::wire::key::NewKeyOut;
use axum::Json;
use axum::extract::{Path, State};
use jiff::SignedDuration;
use serde_json::Value;
use shared::domain::access::Permission;
use shared::error::Error;
use shared::http::clock;
use shared::http::extract::{Caller, OptionalJsonBody, RequestId};
use shared::http::fields::Fields;
use shared::http::present::{NO_STORE, Unkept};
use shared::state::AppState;
use shared::workflow::access::admit;
use shared::workflow::keyring;
use std::ops::RangeInclusive;
use utoipa::ToSchema;

/// What a rotation takes, of a key or a webhook; read field by field below.
#[derive(ToSchema)]
#[schema(as = Rotation)]
#[expect(dead_code, reason = "describes the body, which is read field by field")]
pub(crate) struct RotationIn {
    /// How long the older secret works on; a day when left out.
    #[schema(minimum = 0, maximum = 2_592_000, default = 86_400)]
    overlap_seconds: Option<i64>,
}

/// How long the older secret may live on: 30 days.
const OVERLAPS: RangeInclusive<i64> = 0..=30 * 86_400;
/// How long it does unless somebody says otherwise.
const DEFAULT_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// Gives a key a second secret; the first one works on for a while, so that nothing stands still meanwhile.
#[utoipa::path(
    post, path = "/api/v1/keys/{id}/rotate", tag = "access", operation_id = "rotate_key",
    params(("id" = String, Path, description = "A key's id.")), request_body = Option<RotationIn>,
    responses((status = 200, body = NewKeyOut)), security(("key" = ["administer"]))
)]
pub(crate) async fn rotate(
    State(state): State<AppState>,
    Caller(credentials): Caller,
    RequestId(request_id): RequestId,
    Path(id): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody,
) -> Result<Unkept<NewKeyOut>, Error> {
    let now = clock::now();
    let mut session = admit(&state, &credentials, Permission::Administer, now).await?;
    let overlap = read_overlap(&body)?;
    let (details, key) = keyring::rotate(&mut session, &id, overlap, &request_id).await?;
    Ok((NO_STORE, Json(NewKeyOut::new(details, &key, now))))
}

/// How long the older secret works on.
pub(crate) fn read_overlap(body: &Value) -> Result<SignedDuration, Error> {
    let mut fields = Fields::new(body, "");
    let overlap = fields.whole_number("overlap_seconds", OVERLAPS);
    let problems = fields.finish();
    if !problems.is_empty() {
        return Err(Error::validation(problems));
    }
    Ok(overlap.map_or(DEFAULT_OVERLAP, SignedDuration::from_secs))
}
